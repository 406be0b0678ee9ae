"""What can be lifted from a citizen's own words: names, ways to find a platform, sums, people, dates, places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from casework.interview.answers import Answer, half_width, ticked
from casework.interview.errors import AnswerError
from casework.interview.money import FOREIGN
from casework.interview.numbers import DIGITS, find_phones, read_count, read_money, shown_phone
from casework.interview.numerals import multiplied
from casework.interview.phones import Found
from casework.interview.questions import Question
from casework.tip_off.definition import Definition
from casework.tip_off.places import locate, places
from knowledge.directory import Directory
from knowledge.locality import locality
from knowledge.text import normalise

URL = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9\-._/?=&%#:]+|"
    # 3w点jinfulai点com: as it is said aloud
    r"(?:(?:3w|www)点)?(?<![A-Za-z0-9])[A-Za-z0-9\-]{2,}(?:点[A-Za-z0-9\-]{2,})*点(?:com|cn|net|org|vip|top|cc|xyz|app|example)(?![A-Za-z0-9])|"
    r"(?<![A-Za-z0-9])[A-Za-z0-9\-]{2,}\.(?:com|cn|net|org|vip|top|cc|xyz|app|example)(?![A-Za-z0-9])[A-Za-z0-9\-._/?=&%]*"
)
# What a numeral behind a sum counts when it is no part of it: 交5万一年, 3万两个月.
COUNTED = "年月个天次人户名位回笔岁期斤点成分楼层号口家"
# A sum with a unit or a currency, before or behind it: 13万2, HK$500万, 两三万, 20-30万, 八千多万, 200K.
SUM = rf"(?:[{DIGITS}几数][{DIGITS}几数多来余]*)?[{DIGITS}几](?:多|来|余|几)?(?:个)?"
MONEY = re.compile(
    r"(?:[百千万])把(?:块|元)钱?|"
    rf"(?:{FOREIGN.pattern}|￥|¥|rmb)\s*{SUM}(?:万|亿|k|w)?|"
    rf"(?:不到|至少|超过|将近|大概|大约|约|上|小)?(?:{SUM}(?:万|亿|千|百)?\s*[-~至到]\s*)?{SUM}(?:多|来)?"
    rf"(?:元|块钱?|万|亿|[kw](?![a-z])|\s*(?:{FOREIGN.pattern}))(?:[{DIGITS}多]+(?![{DIGITS}多{COUNTED}]))?\s*(?:元|块钱?|人民币|{FOREIGN.pattern})?",
    re.IGNORECASE,
)
# 投了19800: behind a word for paying, a figure of four digits or more needs no unit; a year is none.
BARE_SUM = re.compile(
    r"(?:(?:投|交|充|转|汇|打|亏|骗|坑|借|存|放|损失|搭|砸)(?:给?了|进去了?|进|走了?|掉了?|款|账|他们?|我们?|俺|我[爸妈])*|"
    r"(?:一共|总共|合计|共计|拢共|加起来)(?:是|有|投了?|转了?|交了?|给了?|大概|差不多)*)"
    r"(?:一共|总共|合计|是|有)*"
    r"(?P<sum>(?!(?:19|20)\d\d(?!\d))\d{4,7}|[\d一二两三四五六七八九]千(?:[一二三四五六七八九\d](?:百[一二三四五六七八九\d]?)?)?)"
    r"(?![\d年月日号位天个人户名元块万亿千百多来几%.\-@a-z])",
    re.IGNORECASE,
)
# 给8千利息, 每人三万, 一个月返500: what is paid back, or by each, is not what it is about.
NOT_IT_BEFORE = re.compile(
    r"(?:每人|人均|每户|每家|每月|每个月|每天|每年|每期|每次|一年|一个?月|一天|(?<![\d今昨近])日|(?<![\d上这本个一二三四五六七八九十])月)(?:给|返|能|可以?|就|有|拿|得|赚|挣|要?交|投)*(?:我|您|你|他)?(?:们)?了?(?:个)?$|"
    r"(?:利息|收益|分红|返利|提成|奖励|工资|返还?|返现|送)(?:是|有|给|了|我|到)*$"
)
NOT_IT_BEHIND = re.compile(
    r"^(?:的)?(?:利息|利(?!用)|收益|分红|返利|提成|奖励|奖金|红包|工资|礼品|[/每](?:月|年|天|人))"
)
PER_HEAD = re.compile(r"(?:每人|人均|每户|每家|一人|一家)(?:都|各|要|得|投|交|存)*了?(?P<sum>[^,，。;；]{1,12})")
PEOPLE = re.compile(
    rf"((?:[{DIGITS}几]+\s*[-~至到]\s*)?(?:上|(?<!人)数|近|约)?[{DIGITS}几]+(?:多|来|余)?)(?:个|名|位|户|号|口子?)?(?:多|来|余)?"
    r"(?:人(?!民)|老人|的哥|司机|大妈|大爷|学生|同学|家长|(?:不特定)?对象|街坊|老乡|工友|商户|租户|姐妹|家(?=的钱|人家|都)|户(?!名|头)|投资人|受害|家庭|村民|居民|业主|亲戚|邻居|员工|会员|同事|群众|储户)"
)
# 投资人47名: who, before how many.
HEADS = re.compile(
    rf"(?:投资人|受害人|参与人|参与者|集资人|群众|会员|储户|出借人|客户|老年人|老人|人员|员工|职工|村民|居民|业主|学生|市民|农户)"
    rf"(?:一?共|总共|共计|合计|已|约|大约|大概|近|达|多达|有|涉及|数|为|是|:)*[{DIGITS}几]+(?:余|多|来)?(?:名|人|户|位|个)|"
    # 人数是19个
    rf"(?<!户)人数(?:一?共|总共|大概|大约|约|有|是|为|:)+[{DIGITS}几]+(?:余|多|来)?(?:名|人|位|个)?(?![万亿千元块])"
)
# 86,400.00 is one figure.
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
ACCOUNT = re.compile(
    r"(?:收款|银行|对公|打款)?(?:账号|帐号|账户|帐户|卡号|户头|(?:银行|[农工中建交招邮]行|信用社|储蓄)卡)"
    r"(?:号码?)?(?:是|为|:)?\s*\d[\d -]{8,24}\d"
)
SOCIAL = re.compile(
    r"(?:微信公众号|公众号|小程序|视频号|微信号|微信|qq群|qq号|qq|抖音号?|快手号?|telegram|飞机|蝙蝠|钉钉群?|app)(?:号|名|群)?"
    r"(?:(?:叫做?|是|为|:|名叫)\s*[“\"]?[\w\-·]{2,20}[”\"]?|[“\"][\w\-·]{2,20}[”\"]|\s*@?[A-Za-z0-9_\-]{5,20})",
    re.IGNORECASE,
)
# 在应用宝能下, 苹果商店搜得到
APP_STORE = re.compile(
    r"(?:应用宝|应用商店|应用市场|app ?store|苹果商店|安卓市场|华为市场|豌豆荚|手机助手)"
    r"(?:里|上面?|都|还|现在|就)*(?:能|可以|还能)?(?:下载?|搜|找|装)"
    r"(?:得?到)?",
    re.IGNORECASE,
)
# A street, with what stands before it in its clause and behind it up to what is no place any more.
STREET = re.compile(
    r"(?:(?<=在)|(?<=到)|(?<=位于)|(?<=址)|(?<=是)|(?<=[:,，。;；\s])|^)"
    r"[\u3400-\u9fffA-Za-z0-9]{0,14}?[\u3400-\u9fff]{1,3}"
    r"(?<![跑跳套出网思走一半后门线道铁公高销])(?:路(?:(?![人上费口路])|(?=上(?:有|开|的|那)))|大道|大街|街|巷|广场|大厦|写字楼|商场)"
    r"(?:[\u3400-\u9fffA-Za-z0-9\-]{0,16}?(?:号楼?|楼|层|室|座|单元|对面|旁边|附近|隔壁|门口|交叉口|路口)(?:\d{2,5}室?(?![\d年月日元块万千百人户]))?|[A-Za-z]?\d{2,5}(?![\d年月日元块万千百人户]))?"
    # 王城大道88号财富中心B座1502室: what stands behind the number, down to the room
    r"(?:(?<=号)[\u3400-\u9fffA-Za-z]{0,12}?[A-Za-z\d一二三四五六七八九十]{1,4}(?:号楼|楼|层|室|座|单元|幢|栋|院)|"
    r"(?<=[楼层座元幢栋院])[A-Za-z]?\d{1,5}(?:[室层]|单元|号)?(?![\d年月日元块万千百人户]))*"
    # 中州路百货楼对过二楼
    r"(?:斜?对面|斜?对过|旁边|附近|隔壁|门口|楼上|楼下|[东西南北]侧)?(?:的?[一二三四五六七八九十\d]{1,2}[楼层](?!有|的人))?"
)
# 在王府井对过那栋楼三层, 家乐福旁边租的门面, 上海市场那边二楼: by what stands beside it, or by its floor.
BESIDE = re.compile(
    r"(?:[就老常总]?在|位于|搬到|开在|设在)(?P<way>(?P<mark>[\u3400-\u9fffA-Za-z0-9]{2,12}?)(?:"
    r"(?:斜?对面|斜?对过|旁边|隔壁|楼上|楼下|[东西南北正]门)[^,，。;；!！?？\n]{0,12}|"
    r"(?:那边|那儿|的)?(?:负?[一二三四五六七八九十\d]{1,2})(?:楼|层)[^,，。;；!！?？\n]{0,8}))"
)
NO_LANDMARK = re.compile(
    r"^(?:我|俺|他|她|你|您|小区|厂|学校|单位|村|家(?=$|里|门)|门口|这|那|哪|楼|路|公司|医院|银行|超市|菜市场)+|"
    r"[我俺他她们被把给拉说让]"
)
BEFORE_STREET = re.compile(
    r"^.{0,12}?(?:就?在|位于|到|是|反映|检举|(?:举报|投诉)(?:一下|就|是|有)*|来电(?:人?称|反映|人)?|人称)(?=.{3})"
)
SHOP = re.compile(
    r"(?:门店|店面|门面|办公室|办公点|营业部|总部|公司地址|地址|店)(?:就)?(?:在|是|:)\s*([^,，。;；!！?？\n]{2,40})"
)
# 在首阳山镇上有个门面
HAS_A_SHOP = re.compile(
    r"(?:在|搁)(?P<way>[\u3400-\u9fffA-Za-z0-9]{2,16}?(?:有|开了?|租了?|设了?)(?:一|两|几)?(?:个|家|间|处)?"
    r"(?:门面房?|门店|店面|店|营业部|办公室|办事处|网点|服务[点站]|代办点))"
)
NAME_END = (
    r"(?:我|俺|咱|的|拉|让|骗|说|公司|平台|里|上|,|，|。|;|；|!|！|\s|$|投(?!资)|跑|是|在(?!线)|，|"
    r"也(?=[坑骗是让跑收不给卷])|给(?=[坑骗哄])|坑|收(?=[钱了人老大])|吧|一共|总共|大概|大约|现在|然后|已经|去年|今年|前年|网址|网站|公众号|app|电话|地址|\)|）)"
)
CALLED = re.compile(
    rf"(?:名叫|名为|叫做|叫|自称)(?:它(?=[\w·]{{2}})|(?:个|那个|这个)?(?:什么|啥)(?!名|来着|东西|[吗呢啊不我忘])[\s:：]*|个)?(?!什么|啥|我|他|她|人家?[骗坑哄给])[“\"《]?([\w·]{{2,14}}?)[”\"》]?(?={NAME_END})"
)
# 叫 天天向上理财 的群: a name between spaces is whole.
SPACED = re.compile(
    r"(?:名叫|名为|叫做|叫|那家|那个|有家|一家|平台|公司|app|软件)\s+(?P<name>(?!叫|名|的|是|有)[\w·]{2,14})(?=\s|[,，。;；]|$)"
)
# 叫 MoonCoin Pro, 名字 KDX Markets: words in Latin letters are a name together.
LATIN = re.compile(
    r"(?:名叫|名为|叫做|叫|名字|名称|平台|公司|app)(?:是|为|:)?\s*"
    r"(?P<name>[A-Za-z][A-Za-z0-9]*(?: [A-Z][A-Za-z0-9]*){1,3})(?![A-Za-z0-9.@])"
)
# 门上写着聚福源, 牌子上印的是中汇天下
ON_A_SIGN = (
    r"(?:门头?|牌子|招牌|匾|横幅|合同|传单|单子|名片|墙|发票|收据|票|执照|章|公章)(?:上面?|里)?(?:就|都|是)?"
    r"(?:写|印|挂|贴|打|盖|刻)(?:着|的|了)?(?:章|名字|名称)?(?:就?是|叫)?"
)
SIGN = re.compile(rf"{ON_A_SIGN}[“\"《]?(?P<name>[\w·]{{2,14}}?)[”\"》]?(?={NAME_END})", re.IGNORECASE)
# 老板叫王大发 names a person.
PERSON_BEFORE = re.compile(
    r"(?:老板|业务员|经理|法人|负责人|客服|股东|会计|总裁|老总|主任|朋友|邻居|同事|亲戚|老师|人|我|他|她|"
    # 拉我投钱的叫王桂兰
    r"(?:[拉带劝哄找骗收]|联系|介绍|推荐)[^,，。;；]{0,8}的|群主|书记)$"
)
# 一个叫陈建国的，他开了个公司
PERSON_BEHIND = re.compile(
    r"^[”\"》]?(?:的(?:那个)?(?:人|男的|女的)|的(?:大姐|大妈|大娘|大爷|大哥|老师|阿姨|女士|先生|老[头太]|小伙|女人|男人|经理|老乡|邻居|同事|朋友|主任)|的?[,，]?(?:他|她|就住|是我|是俺|带我|拉我|这个?人|这货))"
)
# A firm by its registered name, behind what leads up to it; 举报金福来骗了我: a name between the two.
REGISTERED = re.compile(
    r"(?:举报|反映|投诉|检举|一家|名为|名叫|叫做?它?|存到|存在|投到|投给|投了|那个|这个|有个|一个|加入|参加|是|在|被|跟|找|^|[,，。;；\s:])"
    r"([\u3400-\u9fff（）()·]{2,22}?(?:有限责任公司|有限公司|股份公司|合作社|互助社|合伙企业))"
)
ACCUSED = re.compile(
    r"(?:举报|投诉|揭发|检举)(?:一下|平台|公司)?[“\"《]?([\w·]{2,12}?)[”\"》]?(?=骗|坑|卷|不让|不给|不还|不退|跑路|圈钱|拖着|拖欠|涉嫌|非法|违规|虚假|"
    r"(?<=贷|宝|网|财|富|投)[,，。;；\s]|"
    r"[,，;；\s]+(?:他们?|它|这个?|这家)?(?:骗|坑|不让|不给|跑路|卷款|拖欠|涉嫌|非法|违规|虚假|承诺|收了?钱))"
)
# e袋金网打不开了, 金福来骗了我妈6万: who did it, or what no longer works, at the beginning of a clause.
# 举报福寿家园，经理姓常: whom the message begins with.
ACCUSED_FIRST = re.compile(
    r"^(?:我们?|俺们?|咱)?(?:要|想|来)?(?:实名|匿名)?(?:举报|投诉|揭发|检举)(?:一?下|平台|公司)?[“\"《]?([\w·]{2,8})[”\"》]?(?=[,，。;；\s]|$)"
)
NOT_A_MATTER = re.compile(
    r"^(?:电话|方式|渠道|途径|网站|网址|邮箱|信箱|奖|流程|程序|材料|内容|线索|信息|保密|保护|制度|范围|结果|进度|条件|时效|期限|要求|情况|"
    r"问题|违法|违规|违纪|诈骗|传销|高利|套路|非法|虚假|集资|受理|中心|热线|指南|须知|谢谢|帮|怎|如何|能|可|不|没|未|了|人|者|一)|"
    r"(?:问题|情况|行为|现象|活动|案件?|诈骗|传销|集资|广告|吗|呢|吧|啊)$"
)
# 我是钱满多的员工, 在瑞祥咨询公司上班: where somebody works.
EMPLOYED = re.compile(
    r"(?:我|俺|本人)(?:以前|之前|原来|现在|曾经?|就)?(?:是|在|给)(?P<name>[\u3400-\u9fffA-Za-z0-9]{2,16}?)"
    r"(?:这个|那个)?(?:平台|软件)?(?:里|那边|那儿)?(?:的(?:前|老|一名|一个)?(?:员工|职工|业务员|业务经理|理财师|理财经理|客户经理|"
    r"财务|会计|出纳|客服|销售|文员|前台|程序员|技术|保安|司机|主管|店长|经理)|上班|工作|打工|干过|做过|当过|干了|做了|当(?:业务|会计|客服))"
)
# 买了恒福通的理财
BOUGHT_OF = re.compile(
    r"(?:买|投|认购|办|存|推销|介绍|推荐|代销)(?:了|的|过|下)*(?:一份|一个)?(?P<name>[\u3400-\u9fffA-Za-z0-9]{2,8}?)(?:公司|平台)?的"
    r"(?:理财|产品|基金|保险|会员|项目|股权|原始股|份额|标|债权|养老|众筹)"
)
DOES = re.compile(
    r"(?:^|[,，。;；\s])(?:(?:结果|后来|现在)?(?:那个|这个)?)(?P<name>[\u3400-\u9fffA-Za-z0-9]{2,8}?)"
    r"(?:的?(?:app|软件|网站|平台))?(?:现在|已经|昨天|突然|都)*"
    r"(?=骗了|坑了|卷款|跑路|打不开|登不上|登录不了|提不了现|不能提现|倒闭|崩盘|爆雷)",
    re.IGNORECASE,
)
# 有个金鼎财富拉人投资, 有一家洛龙的汇福通收老人的钱: who is said to be there, by what it does to people.
THERE_IS = re.compile(
    r"(?:有|[新刚]?开了?|来了|冒出来?)(?:那么|这么)?一?[个家](?:[\u3400-\u9fff]{2,5}的)?(?:什么|啥|所谓的?)?(?P<name>[\u3400-\u9fffA-Za-z0-9]{2,8}?)"
    r"(?:的?(?:人|业务员|员工|经理|老板|app|软件|网站))?[,，]?"
    r"(?:天天|到处|一直|最近|现在|经常|老是?|总是?|专门?|正在?|又|也|在[\u3400-\u9fff]{1,5}|打着[\u3400-\u9fff]{2,8}(?:旗号|名义))*"
    r"(?=拉(?:人|我|俺|老|大|村|钱)|骗|坑|哄|忽悠|劝|鼓动|让(?:人|我|俺|大|老)|叫(?:人|我|俺|大)|喊(?:人|我|大)|收(?:钱|人|老|大|了|村|居)|吸收|集资|"
    r"揽储|吸储|招(?:人|揽|募)|发(?:传单|展|广告|鸡蛋|礼)|推销|承诺|保证|许诺|宣传|卷|跑路|不让|不给|不还|提不|取不|打不开|登不|关门|倒闭|爆雷|崩盘)",
    re.IGNORECASE,
)
# 我被汇丰源骗了两万
DONE_BY = re.compile(
    r"被(?:一?[个家]|那个|这个|叫做?|什么|所谓的?)*(?P<name>[\u3400-\u9fffA-Za-z0-9]{2,8}?)"
    r"(?:的?(?:人|业务员|app|软件|网站|平台))?(?:给|都|又)*(?=骗|坑|忽悠|套(?:走|了|牢)|卷|圈走|割韭菜)",
    re.IGNORECASE,
)
# 我要举报鑫满仓: whom, and nothing more.
ACCUSED_ALONE = re.compile(
    r"(?:^|(?<=[,，。;；!！?？\s]))(?:另外|还有?|顺便|然后|同时|再|[我俺咱]们?|现在|也|就|是|要|想|来|实名|匿名)*"
    r"(?:举报|检举|揭发)(?:一?[下个家]|平台|公司|那个|这个)*[“\"《]?(?P<name>[\w·]{2,8}?)[”\"》]?"
    r"(?:的?(?:app|软件|网站|平台|公司))?(?=[,，。;；!！\s]|$)",
    re.IGNORECASE,
)
NOT_ACCUSED = re.compile(
    r"撤|删|补|状态|图片|照片|证据|查|[吗不没呢]$|^[加要]|行为|情况|问题|线索|骗局|诈骗|骗子|广告|传单|信息|材料|进度|结果|电话|渠道|方式|途径|网站|保密|保护|奖|流程|程序|要求|条件|贷款|高息|保本|"
    r"违规|违法|可疑|不法|资金|账|书记|局长|干部|警察|政府|人员|之后|以后|一下|同行|^.?(?:理财|投资|众筹|网贷|金融|借贷|支付)$|成功|失败|属实|无效|受理"
)
# 李国强骗了我 may be a man: a short name that begins with a surname is asked about where it does what people do.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾"
    "夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤小老阿"
)
LONGEST_PERSON = 3
NO_DOER = re.compile(
    r"有人|网友|现在|已经|昨天|今天|突然|一直|又|也|都|还|就|骗|链接|页面|网页|系统|账号|账户|电话|客服|手机|资金|本金|利息|存款|老板|经理|"
    r"老总|业务|法人|[哥姐弟妹叔婶姨舅姑嫂爷奶妈爸]$|同学|孩子|师傅|先生|女士|小姐|老头|老太|小伙|姑娘|网红|群主|代理|团队|机构|组织|企业|养老院|医院|学校|工厂|饭店|支书|主任|讲师|老师|群主|亲戚|对象|男|女|友$|家$|[上里下中边外]$|总部|后台|店|门|网站|软件|app$|合伙|全部|怎么|为什|如何|举报|团伙|集资|传销",
    re.IGNORECASE,
)
# 西工区有个叫麦浪的农民合作社: what stands before a name is none of it.
BEFORE_CALLED = re.compile(
    r"^.*(?:(?:公司|平台|企业|单位)(?:名称|全称|名字|全名)?就?(?:是|为|叫)|有个叫|有一?家叫|有个|有一?家|名叫|名为|叫做|一个叫|一家叫|(?:人家|大家|他们|都)叫它?)(?=.{2})"
)
# 就河南某某公司承诺保本一事, 被举报人洛阳某某公司
BEFORE_FIRM = re.compile(
    r"^(?:(?:被举报|被投诉|涉案)(?:人|方|单位|对象|公司|机构)?(?:名称)?|现(?=[就对将])|就|对|由|系|该|因|将|经)+(?=.{6})|"
    r"^(?:(?:我|俺|本人)(?:以前|之前|现在|原来)?(?:是|在|给)|叫做?|名叫)(?=.{4})"
)
# 惠农宝给坑苦: what was done to whom
BEHIND_NAME = re.compile(r"(?<=.{2})给?[坑骗哄].*$|(?:的|了|是)$")
# 农民合作社 tells what kind of thing it is, and which of them by no word.
KIND_ALONE = re.compile(
    r"(?:什么|啥|那个)?(?:农民|村民|专业|资金|互助|养殖|种植|投资|理财|金融|信息|咨询|服务|担保|小额|贷款|网络|借贷)*(?:合作社|互助社|公司|平台|有限公司)"
)
QUOTED = re.compile(r"[“\"《]([\w·]{2,20})[”\"》]")
# A proper name in front of what such firms call themselves; 鑫宝贷 has two of such words.
NAMED = re.compile(
    r"([\u3400-\u9fffA-Za-z0-9]{2,8}(?:财富|金融|贷|资本|众筹|理财|投资|支付|金服|创投|钱包|白条|互助社|宝)(?:贷|宝|财富|金融|金服)?(?:公司|平台|集团|有限公司)?)"
)
# 平台名：乐享花；举报对象：某公司: a list of labels.
LABELLED_NAME = re.compile(
    r"(?:^|(?<=[,，。;；\s]))(?:举报|涉案|涉嫌|所举报)?的?(?:平台|公司|企业|机构|单位|app|软件)?(?:名称?|名字|全称|全名|举报对象|被举报(?:人|单位|对象|方|平台|公司)|(?<=平台)|(?<=公司))"
    r"\s*[:：]\s*[“\"《]?([\w·（）()]{2,30})[”\"》]?(?=[,，。;；\s]|$)",
    re.IGNORECASE,
)
# 在金福来存了六万, 投给鼎丰, 拉我进的什么众鑫创投，交了…: where money was put.
PUT_IN = re.compile(
    r"(?:在(?!线)|投给了?|投到了?|投进了?|存到了?|存进了?)(?:[\u3400-\u9fff]{1,6}的)?(?:一个|一家|那个|这个|个|啥|什么|叫)*(?P<name>[\u3400-\u9fffA-Za-z0-9]{2,8}?)"
    r"(?:那里|那儿|那边|那|上面|上|里面|里|平台|公司|app)*(?=[投存放搁押砸][了过的进]|充[了过值]|买了|交了|办了|理财)",
    re.IGNORECASE,
)
# 我给小牛在线每月交800
PAID_TO = re.compile(
    r"(?:给|往|向)(?P<name>[\u3400-\u9fffA-Za-z0-9]{2,8}?)(?:这个)?(?:平台|公司)?(?:里头?|上面?)?"
    r"(?:每|一)(?:个)?(?:月|年|周|天|期|次)(?:都|要|得)?[交存投充打转还]"
)
SO_CALLED = re.compile(
    r"(?:进|加入|投|买|搞|弄|推荐|介绍)(?:了|的|到)*(?:一个|个|那个)?(?:什么|啥)(?P<name>[\u3400-\u9fffA-Za-z0-9]{3,8}?)(?=[,，。;；]|$)"
)
# 就是那个啥金多多，弄啥咧不退钱
THAT_WHAT = re.compile(
    r"(?:就是)?(?:那个|这个|有个)(?:什么|啥)(?P<name>[\u3400-\u9fffA-Za-z0-9]{2,8}?)(?:的?(?:app|软件|平台|公司))?(?=给?[坑骗哄]|嘛|呗|[,，。;；]|$)",
    re.IGNORECASE,
)
# 要举报的是穗满楼
IS_ACCUSED = re.compile(
    r"(?:举报|投诉|检举|揭发|告)的(?:这家|那家|平台|公司)?(?:就)?(?:是|叫)(?:一家|一个)?(?:叫)?[“\"《]?(?P<name>[\w·]{2,12}?)[”\"》]?"
    r"(?:的?(?:app|软件|网站|平台|公司))?(?=[,，。;；!！\s]|$)",
    re.IGNORECASE,
)
# 我们老家有好几个老人，花溪湾，说存钱送米: a name on its own between the clauses of a story.
BETWEEN_CLAUSES = re.compile(
    r"(?<=[\u3400-\u9fff])[,，;；](?P<name>[\u3400-\u9fffA-Za-z]{3,6})[,，;；]"
    r"(?=(?:他们?|它|人家|那边)?(?:说|让|叫|天天|到处|专门|拉|骗|哄|承诺|保证|号称|宣传|存|投|交))"
)
# 没想到, 说实话, 反正呢: what stands between two commas as well.
NO_NAME_ALONE = re.compile(
    r"[没不想到了着过呢吧啊嘛很真就才会能要天年月日时候次回个位些多少实反总老每]|结果|原来|后来|当场|客户|亲自"
)
# Where somebody stands, how they came, and what kind of thing it is: no name of a platform.
NO_PLATFORM = re.compile(
    r"银行|信用社|邮局|邮储|门口|门店|店里|网上|线上|手机|电脑|微信|支付宝|群|小区|社区|村|单位|厂|学校|商场|超市|医院|市场|公园|广场|"
    r"[区县市镇乡路街省]$|[年月日号天周]$|时候|期间|以前|之前|后来|当时|当场|现场|家里|家$|朋友|邻居|同事|亲戚|熟人|老师|"
    r"介绍|推荐|劝|忽悠|鼓动|项目|产品|东西|玩意|游戏|会员|活动|讲座|名下|手[上里]?$|一起|一共|总共|前后|先后|平台|公司|合作社$|互助社$|^\d|[一二两三四五六七八九十]"
)
BEFORE_NAME = re.compile(
    r"^(?:[要想]?(?:举报|投诉|反映|揭发|检举)(?:一下)?)?(?:那个啥|这个啥|那个|这个|啥|什么|有个|有家|一个|一家)*"
    r"(?:名?叫做?(?=.{3}))?"
)
NOT_NAMES = re.compile(
    r"某|诈$|^(?:有人|什么|一个|一家|某|这个|那个|那家|这家|有个|有家|我|他|她|他们|举报|非法|第三方|网络|互联网|股权|"
    r"小区|门口|楼下|高利|线下|线上|网上|投资|理财|平台|公司|可疑|发现|提供|被|在|把|去|做|搞|卖|买|骗子|P2P|网贷|首付)",
    re.IGNORECASE,
)
# Characters of a sentence rather than of a name, where nothing marks the name as one.
SENTENCE = re.compile(r"[拉让给说在的是被把去我你他她们人有做搞买卖发和叫]")
SEASON = (
    r"(?:春节|过年|元旦|元宵|清明|五一|端午|中秋|国庆|十一长假|腊月|正月|开春|春上|三一五|3[.·]15|重阳|七夕|除夕|小年|腊八|"
    r"[春夏秋冬]天|暑假|寒假|入[夏秋冬]|麦收)"
)
WHEN = re.compile(
    r"(?<![\d.])20\d\d[-./](?:1[0-2]|0?[1-9])(?:[-./](?:3[01]|[12]\d|0?[1-9]))?(?![\d.\-/])|"
    rf"(?:20\d\d年)?(?:\d{{1,2}}月份?)(?:\d{{1,2}}[日号])?(?:初|底|中旬)?|20\d\d年(?:初|底|年底|上半年|下半年|{SEASON})?|"
    r"(?<![\d月])(?:[12]?\d|3[01])号(?![楼院门店线库])|(?:去年|前年|今年(?!\d{2}岁|[一二三四五六七八九]?十.?岁|[高周虚]?[寿岁龄])|"
    r"上个?月|这个?月|上上?个?(?:周|星期|礼拜)[一二三四五六日天]?|[这本]个?(?:周|星期|礼拜)[一二三四五六日天]?|昨天|前天|今天|最近|近期|大前年)"
    rf"(?:的?(?:\d{{1,2}}|十[一二]?|[一二三四五六七八九])月份?(?:\d{{1,2}}[日号]|初|底|中旬)?|的?\d{{1,2}}[日号]|年?初|年?底|上半年|下半年|{SEASON}|以来)?"
)
# 你们去年咋不查: a time in a reproach to us is none of what happened.
REPROACH = re.compile(
    r"[^,，。;；!！?？]*(?:咋|怎么|为啥|为什么|为何)(?:就|都)?(?:不|没)(?:早点?)?(?:来)?(?:查|管|抓|封|办)[^,，。;；!！?？]*"
)
LEAD_IN = re.compile(r"^(我们?)?(要|想)?(举报|投诉|反映|揭发)(一个|一家|一下)?(?=[^，。,])")
# 还是留个电话吧，136…: whoever leaves a number leaves their own.
MINE = re.compile(
    r"(?:我的?|本人|联系我)[^，。,;；]{0,6}$|留(?:个|下|一个|我的?)*(?:电话|手机号?|号码|联系方式)[^，。,;；\d]{0,4}[，,:：]?\s*$"
)
# 加我微信 lyzhang_1988, zhaolei163@163.com: how somebody can be reached without a telephone.
HANDLE = re.compile(
    r"(?P<kind>微信号?|vx|qq号?|邮箱|email)(?:号码?|是|为|[:：]|\s)*(?P<id>[A-Za-z0-9][\w\-]{4,19})(?![\w@.])|"
    r"(?P<mail>(?<![\w.])[A-Za-z0-9][\w.+\-]*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+)",
    re.IGNORECASE | re.ASCII,
)
MY_HANDLE = re.compile(r"(?:加|联系|找|留)(?:一?下)?(?:我|俺)(?:的|个)?$|(?<!给)(?:我|俺|本人)的(?:个人)?$")
# 159… 微信同号: said of one's own number.
MINE_BEHIND = re.compile(
    r"^[ (（]*(?:是?我(?:的|本人|自己的)(?!电话|手机|号|微信)|(?:联系|找)我)|"
    r"^[ ,，(（]*(?:电话|手机|和|跟|也是|就是)*微信(?:同号|同步|一样|也是)"
)
# 电话不方便留, 我不想留名, 匿名举报
REFUSED = re.compile(
    r"(?:电话|手机号?|号码|联系方式|真?名字?|姓名|真名)(?:就|我|都|也)*(?:不方便|不便|不想|不愿意?|不敢|别|不用|不)(?:给你们?)?(?:留|写|填|给|登记)|"
    r"(?:不想|不愿意?|不便|不方便|不敢|不能|别)(?:给你们?)?(?:留|写|填|透露|暴露)(?:下|我的?|真)*(?:名|姓|电话|手机|号码|联系方式|身份)|"
    r"(?:电话|手机号?|号码|联系方式|名字)(?:还是|就|也|都|给我|帮我|先)*(?:撤|删|去掉|取消|抹)(?:了|掉|去)*|(?:我|就|还是)不(?:想|愿意?)留(?:了|$|[,，。])|"
    r"(?:我|要|想|希望|请|是|就)匿名(?!吗|么|[?？])|匿名举报(?!吗|么|[?？可行])"
)


@dataclass(frozen=True)
class Extracted:
    """What a text says.

    Attributes:
        answers: outright, by question.
        suggested: only suggested (business, conducts), to be confirmed.
        used: by question, the words of the text that its answer holds.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    suggested: dict[str, Answer] = field(default_factory=dict)
    used: dict[str, list[str]] = field(default_factory=dict)


def extract_answers(
    definition: Definition, directory: Directory, text: str
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Read a story: what it says outright, and what it only suggests."""
    extracted = extract(definition, directory, text)
    return extracted.answers, extracted.suggested


def extract(definition: Definition, directory: Directory, message: str) -> Extracted:
    """Read a text of a reporter, a whole story or a few words."""
    text = half_width(message)
    found: dict[str, Answer] = {}
    used: dict[str, list[str]] = {}
    accused = [match[1] for match in ACCUSED.finditer(text) if not SENTENCE.search(_no_lender(match[1]))]
    accused += [match[1] for match in ACCUSED_FIRST.finditer(text) if _is_accused(match[1])]
    accused += [
        m["name"]
        for does in (DOES, THERE_IS, DONE_BY, ACCUSED_ALONE, IS_ACCUSED, BETWEEN_CLAUSES)
        for m in does.finditer(text)
        if _names_a_platform(m, text)
    ]
    accused = [name for name in dict.fromkeys(accused) if not NOT_NAMES.search(name)]
    if names := _longest(_names(LEAD_IN.sub("", text)), accused) or accused:
        found["target"] = Answer("、".join(names), "、".join(names))
        used["target"] = names
    if ways := _ways(text):
        found["reach"] = Answer("，".join(ways), "，".join(ways))
        used["reach"] = [way.removeprefix("电话 ") for way in ways]
    rest = _simplified(THOUSANDS.sub("", _without(text, ways)))
    for question, read_one in (("amount", _amount(rest)), ("people", _people(rest))):
        if read_one:
            used[question] = [read_one[0]]
            found[question] = read_one[1]
    contact, words = _contact(text)
    found, used = found | contact, used | words
    if whens := list(dict.fromkeys(match[0] for match in WHEN.finditer(REPROACH.sub(" ", text)))):
        found["since"] = Answer("、".join(whens), "、".join(whens))
        used["since"] = whens
    location = locate(directory, INTRODUCED_NAME.sub(" ", text))  # 孟津生 is a man
    if location.where == "here" and location.county:
        found["place"] = Answer(location.county, location.county)
        used["place"] = [location.county if location.county in text else location.county[:2]]
    doubtful = {"place": Answer(location.district, location.district)} if location.where == "doubtful" else {}
    suggested = doubtful | {
        question: ticked(definition.question(question), chosen)
        for question in ("business", "conducts")
        if (chosen := _options(definition.question(question), text))
    }
    if proof := _proof(text):
        suggested["evidence"] = Answer(proof, proof)
    return Extracted(found, suggested, used)


def _longest(names: list[str], accused: list[str]) -> list[str]:
    """举报兴农宝库: the name as it was accused, where what sounds like a firm's is but the beginning of it."""
    return [next((whole for whole in accused if whole.startswith(name)), name) for name in names]


PAPERS = (
    r"(?:合同|协议|转账记录|转账截图|转账凭证|转账|聊天记录|聊天截图|微信记录|通话记录|记录|录音|录像|视频|截图|照片|流水|收据|借条|欠条|凭证|发票|传单|"
    r"宣传册|宣传单|存单|存折|保单|名片)"
)
# 我有录音还有收据; 合同还在，转账记录也有: what somebody has in hand, in the words it was said in.
HAVE = re.compile(
    rf"(?<!没)(?<![他她司台们方员板家主])(?:还|都|也|就|手[里头上]|我|俺|这[里儿]|家里)*(?:有|留着|留有|存着|保存着?|保留着?|拍了|录了|截了)[^,，。;；没不\d]{{0,6}}{PAPERS}[^,，。;；]{{0,12}}|"
    rf"(?:{PAPERS}(?:[和跟、及]|还有|以及)?)+(?:我|俺|都|还|也|全)*(?:还在|在手|在我|在俺|都在|有|留着|保存着?|保留着?|存着|没丢|没扔)[^,，。;；]{{0,6}}"
)
ASKED_OF_PAPERS = re.compile(r"[吗么不没][?？]?$|[?？]$")


def _proof(text: str) -> str:
    """The clauses that tell what papers somebody has; "" where none does."""
    told = [match[0].strip() for match in HAVE.finditer(text) if not ASKED_OF_PAPERS.search(match[0])]
    return "，".join(dict.fromkeys(told))


def _is_accused(name: str) -> bool:
    """Whether what stands alone behind 举报 is a name: no kind of offence, no place, and not likely a person's."""
    match = SENTENCE.search(_no_lender(name)) or NO_PLATFORM.search(name) or NO_DOER.search(name)
    return not (match or NOT_A_MATTER.search(name) or KIND_ALONE.fullmatch(name) or _is_person(name))


def _names_a_platform(match: re.Match[str], text: str) -> bool:
    """Whether what stands before 打不开 or 骗了 is a name, and not likely a person's."""
    name = match["name"]
    if SENTENCE.search(_no_lender(name)) or NO_PLATFORM.search(name) or NO_DOER.search(name):
        return False
    if match.re is ACCUSED_ALONE and NOT_ACCUSED.search(name):
        return False
    if match.re is BETWEEN_CLAUSES and NO_NAME_ALONE.search(name):
        return False
    person = _is_person(name) and not ENDING.search(name)
    return not (person and (match.re is not DOES or re.match(r"骗|坑|卷|跑", text[match.end() :])))


def _no_lender(name: str) -> str:
    """亿人贷 and 小牛在线 without the 人 and 在 that elsewhere tell of a sentence."""
    return re.sub(r"人+(?=贷)|在(?=线)", "", name)


def _simplified(text: str) -> str:
    """Figures and units of traditional script as they are read: 18萬."""
    return text.translate(OLD)


OLD = str.maketrans("萬億圓個戶兩幾塊錢", "万亿圆个户两几块钱")


def _without(text: str, parts: Iterable[str]) -> str:
    for part in parts:
        text = text.replace(part.removeprefix("电话 "), " ")
    return text


def _names(text: str) -> list[str]:
    naming = [*LATIN.finditer(text), *SPACED.finditer(text), *SIGN.finditer(text), *CALLED.finditer(text)]
    called = [
        m[1]
        for m in naming
        if not PERSON_BEFORE.search(text[: m.start()])
        and not (_is_person(m[1]) and PERSON_BEHIND.search(text[m.end(1) :]))
    ]
    registered = [_firm_alone(BEFORE_FIRM.sub("", BEFORE_CALLED.sub("", m[1]))) for m in REGISTERED.finditer(text)]
    registered += [m["name"] for m in EMPLOYED.finditer(text) if _is_employer(m["name"])]
    found = [match[1] for match in LABELLED_NAME.finditer(text)]
    found += [*registered, *called, *(match[1] for match in QUOTED.finditer(text))]
    found += [
        name
        for match in NAMED.finditer(text)
        if not LINE_OF_BUSINESS.search(text[: match.start(1)] + match[1])
        and (name := _behind_sentence(A_PLATFORM.sub("", match[1])))
    ]
    put = [
        match["name"]
        for pattern in (PUT_IN, PAID_TO, SO_CALLED, BOUGHT_OF, THAT_WHAT)
        for match in pattern.finditer(text)
    ]
    city = locality().name
    found += [n for n in put if not SENTENCE.search(_no_lender(n)) and not NO_PLATFORM.search(n) and city not in n]
    kept: list[str] = []
    for name in (BEHIND_NAME.sub("", BEFORE_NAME.sub("", printed_name(each))) for each in found):
        if len(name) < 2 or NOT_NAMES.search(name) or KIND_ALONE.fullmatch(name):
            continue
        if not any(name in k or k in name for k in kept):
            kept.append(name)
    return kept[:3]


# 做crypto投资的: what is done, by no name
LINE_OF_BUSINESS = re.compile(r"[做搞玩炒][a-z]{2,}(?:投资|理财|支付|金融)$")
# 牡丹贷平台
A_PLATFORM = re.compile(r"(?<=贷|宝)平台$")
NO_EMPLOYER = re.compile(
    r"^(?:他们?|她们?|这|那|我|俺|某|一个|一家|小|大)|[你您](?:们)?|^(?:公司|平台|单位|厂里?|里面|里头|家里?|县城|城里|市里)$"
)


def _is_employer(name: str) -> bool:
    known = places()
    bare = re.sub(r"(?:有限)?(?:公司|平台|集团)$", "", name)
    return not (NO_EMPLOYER.search(name) or NO_PLATFORM.search(bare)) and name not in (
        locality().name,
        *known.cities,
        *known.elsewhere,
    )


def _is_person(name: str) -> bool:
    return name[0] in SURNAMES and len(name) <= LONGEST_PERSON


def printed_name(name: str) -> str:
    """A Chinese name with its brackets as they are printed."""
    return name.replace("(", "（").replace(")", "）") if re.search(r"[\u3400-\u9fff]", name) else name


def _firm_alone(name: str) -> str:
    """喇叭喊让存钱到惠农合作社: the firm without the sentence before it, where there plainly is one."""
    name = name.rpartition("的")[2] if len(name.rpartition("的")[2]) > LEAST_FIRM else name  # 桂花大道的洛阳…合作社
    told = [match.end() for match in TOLD_OF_FIRM.finditer(name)]
    alone = name[told[-1] :] if len(told) > 1 else name
    return alone if len(alone) > LEAST_FIRM else name


# Of a firm's own name hardly two of these are part.
TOLD_OF_FIRM = re.compile(r"[让叫给投存被把拉骗喊说弄搞办了到个在](?=.{5})")
LEAST_FIRM = 4


def _behind_sentence(name: str) -> str:
    """我在银通宝, 抵押了90万投给鼎丰创投: the name alone, where enough of it is left; else nothing."""
    proper = ENDING.sub("", name)
    ending = name[len(proper) :]
    last = max((match.end() for match in SENTENCE_OR_FIGURE.finditer(proper)), default=0)
    proper = BEFORE_NAME.sub("", proper[last:])
    return proper + ending if len(proper) >= LEAST_PROPER else ""


SENTENCE_OR_FIGURE = re.compile(
    r"[拉让给说在的是被把去我你他她们人有做搞买卖发和叫了投存借从进用玩跟被个俺咱家块元打钱放销往荐绍推办]|\d+(?:\.\d+)?[万千百亿]|\d{4,}|\d+号楼?"
)
ENDING = re.compile(
    r"(?:财富|金融|贷|资本|众筹|理财|投资|支付|金服|创投|钱包|白条|互助社|宝)(?:公司|平台|集团|有限公司)?$"
)
LEAST_PROPER = 2


def _ways(text: str) -> list[str]:
    """Addresses of pages, accounts, shops and telephones that are not the reporter's own."""
    ways = [match[0].rstrip(".") for match in URL.finditer(text)]
    ways += [
        match[0].strip()
        for pattern in (ACCOUNT, SOCIAL, APP_STORE)
        for match in pattern.finditer(text)
        if not MY_HANDLE.search(text[: match.start()])
    ]
    rest = _without(text, ways)
    shops = [match[0].strip() for match in SHOP.finditer(rest)] or [
        match["way"] for match in HAS_A_SHOP.finditer(rest) if not NO_LANDMARK.search(match["way"])
    ]
    streets = [BEFORE_STREET.sub("", match[0].strip()) for match in STREET.finditer(rest)]
    ways += shops or streets or [m["way"].strip() for m in BESIDE.finditer(rest) if not NO_LANDMARK.search(m["mark"])]
    rest = _without(text, ways)
    ways += [f"电话 {rest[phone.start : phone.end]}" for phone in find_phones(rest) if not _is_mine(rest, phone)]
    return list(dict.fromkeys(ways))


INTRODUCED = re.compile(
    r"(?:我叫|我是|我姓|免贵姓|本人)[\u3400-\u9fff]{1,4}[,，、 ]*"
    r"(?:我的?)?(?:联系)?(?:电话|手机号?|号码)?(?:是|为|:)?\s*$"
)


INTRODUCED_NAME = re.compile(
    r"(?:我叫|本人叫?|免贵姓|我姓)([\u3400-\u9fff]{1,4})(?:[,，、。 ]|$)|"
    r"(?:叫|喊|称呼)我(?:一声)?([\u3400-\u9fff]{1,6}?)(?:就行|就好|就可以|就中|即可)"
)


def _contact(text: str) -> tuple[dict[str, Answer], dict[str, list[str]]]:
    """The reporter's own number and name, or that they give none; and the words of each."""
    if mine := _own_phone(text):
        found, used = {"contact": Answer("yes", "是"), "contact_phone": mine[1]}, {"contact_phone": [mine[0]]}
        if named := INTRODUCED_NAME.search(text):
            name = named[1] or named[2]
            found["contact_name"], used["contact_name"] = Answer(name, name), [name]
        return found, used
    if refused := REFUSED.search(text):
        return {"contact": Answer("no", "否")}, {"contact": [refused[0]]}
    return {}, {}


def _own_phone(text: str) -> tuple[str, Answer] | None:
    """A reporter's own number, given without being asked, and the words it stood in."""
    if mine := next((phone for phone in find_phones(text) if _is_mine(text, phone)), None):
        return text[mine.start : mine.end], Answer(mine.e164, shown_phone(mine.e164))
    return next((own_handle(m) for m in HANDLE.finditer(text) if MY_HANDLE.search(text[: m.start()])), None)


def own_handle(match: re.Match[str]) -> tuple[str, Answer]:
    """The words of an account or a mail address of the reporter's, and the answer to where they can be reached."""
    shown = match["mail"] or f"{match['kind'].removesuffix('号')} {match['id']}"
    return match["mail"] or match["id"], Answer(shown, shown)


def _is_mine(text: str, phone: Found) -> bool:
    before, behind = text[: phone.start], text[phone.end :]
    return bool(MINE.search(before) or INTRODUCED.search(before) or MINE_BEHIND.search(behind))


# 一股一万，俺家入了四股: each, and how many of them.
SHARES = re.compile(
    rf"(?:一|每)(?P<unit>[股份单注亩棵箱])(?:是|要|交|收|卖|得)?(?P<each>[{DIGITS}]+(?:元|块钱?|万|千|百)?)(?![{DIGITS}个人户]).{{0,20}}?"
    rf"(?:入|买|交|投|认|要|订|种|拿|包|签)了?(?P<times>[{DIGITS}]+)(?P=unit)"
)


# 我认了两份，一份五千
SHARES_BEFORE = re.compile(
    rf"(?:入|买|交|投|认|要|订|种|拿|包|签)了?(?P<times>[{DIGITS}]+)(?P<unit>[股份单注亩棵箱])[^{DIGITS}]{{0,6}}"
    rf"(?:一|每)(?P=unit)(?:是|要|交|收|卖|得)?(?P<each>[{DIGITS}]+(?:元|块钱?|万|千|百)?)(?![{DIGITS}个人户])"
)


def _amount(text: str) -> tuple[str, Answer] | None:
    """The largest sum named, for that is what matters to whoever acts; one said to be the whole before all others."""
    if (shares := SHARES.search(text) or SHARES_BEFORE.search(text)) and (bought := _times(shares)):
        return shares[0], bought[1]
    if (paid := EACH_PERIOD.search(text)) and not BORROWED.search(text) and (by_period := _times(paid)):
        return paid[0], by_period[1]
    if SIDE_BY_SIDE.search(text) and (added := all_sums(text)):
        return added[0][0], added[1]
    sums = []
    for match in MONEY.finditer(text):
        if (read_one := _sum(match[0])) is None:
            continue
        if NOT_IT_BEFORE.search(text[: match.start()]) or NOT_IT_BEHIND.search(text[match.end() :]):
            continue
        value, shown = read_one
        before = text[: match.start()]
        rank = 0 if BOASTED.search(before) else 2 if WHOLE.search(before) else 1
        sums.append((rank, Decimal(value["yuan"]), match[0], Answer(value, shown)))
    for match in BARE_SUM.finditer(text):
        if read_one := _sum(f"{match['sum']}元"):
            value, shown = read_one
            sums.append((1, Decimal(value["yuan"]), match["sum"], Answer(value, shown)))
    return max(sums, key=lambda item: item[:2])[2:] if sums else None


def _sum(words: str) -> tuple[dict[str, str], str] | None:
    """A figure first; as it was said only where it is none, for the story has the words anyway."""
    for rough in (False, True):
        try:
            return read_money(words, 10**12, "", may_be_zero=False, rough=rough)
        except AnswerError:
            continue
    return None


WHOLE = re.compile(r"(?:一共|总共|合计|共计|总计|统共|拢共|加起来|总额|total)[^,，。]{0,4}$", re.IGNORECASE)
# 规模半个亿: what a platform boasts of, where somebody tells their own sum as well.
BOASTED = re.compile(
    r"(?:规模|注册资[本金]|实缴|号称|吹[牛嘘]?说?|市值|估值|流水|成交额?|交易额?|融资)(?:已经?|都|就|有|是|达|超|过|了|到|上|约|近)*$"
)


# 我们一家四口
FAMILY = re.compile(rf"(?:连我|一家|全家|家里|家)(?:子|老小|上下|老少|人)?(?P<count>[{DIGITS}]+)口")


# 除了我还有五个同事
BESIDE_ME = re.compile(
    rf"除了?(?:我|俺)(?:自己|本人)?(?:以外|之外|外)?[,，]?(?:还|另外|也)*(?:有)?(?P<count>[{DIGITS}]+)(?:个|名|位|口)"
)
# 我们班45个人，办了的有13个; 217户，按人头算是三百零六人: those that it happened to, of more that are spoken of.
THOSE = re.compile(
    rf"(?:(?:办|借|投|交|买|存|骗|坑|贷|参与|加入|入伙|上当|中招|受害|叫上名字|叫得上名|认识|知道)(?:了|过|进去)?的"
    rf"(?:就|已经|至少|一共|总共|大概)*(?:有|是)|按人头(?:来)?(?:算|说|数)?(?:就|一共|共)?(?:是|有)?)(?P<count>[{DIGITS}]+)(?:个|名|位|人)(?![月年天])"
)


def _people(text: str) -> tuple[str, Answer] | None:
    if groups := multiplied(text):
        words, count = groups
        return words, Answer(count, f"{words}（约{count:,}）")
    if those := BESIDE_ME.search(text) or THOSE.search(text):
        count, shown = read_count(those["count"], 10**8, "", rough=True)
        return those[0], Answer(count + 1, f"{count + 1:,}") if those.re is BESIDE_ME else Answer(count, shown)
    for match in (*PEOPLE.finditer(text), *HEADS.finditer(text)):
        for rough in (False, True):
            try:
                count, shown = read_count(_count_in(match), 10**8, "", rough)
            except AnswerError:
                continue
            if count > 1:
                return match[0], Answer(count, shown)
    if family := FAMILY.search(text):
        return family[0], Answer(*read_count(family["count"], 10**8, ""))
    return None


def _count_in(match: re.Match[str]) -> str:
    """What is counted without who it is that is counted."""
    return re.sub(rf"^[^{DIGITS}几]+", "", match[0]).strip() if match.re is HEADS else match[0].strip()


def all_sums(text: str) -> tuple[list[str], Answer] | None:
    """Several sums that are said to come on top of each other (一回三万一回五万), added up; None where they are not."""
    plain = re.sub(r"加(?:在|到)?一块儿?", "加一起", THOUSANDS.sub("", half_width(text)))
    plain = re.sub(r"(?=一[回次笔])", " ", plain)
    said = [m[0] if MONEY.fullmatch(m[0]) else f"{m[0]}元" for m in PARTS.finditer(plain)]
    named = [(words, read_one[0]) for words in said if (read_one := _sum(words))]
    exact = all(set(value) == {"yuan", "currency"} and value["currency"] == RENMINBI for _, value in named)
    if len(named) < 2 or not exact or not ADDED.search(plain) or WHOLE_SAID.search(plain):
        return None
    whole = sum((Decimal(value["yuan"]) for _, value in named), Decimal())
    value, shown = read_money(f"{whole.normalize():f}元", 10**12, "", may_be_zero=False)
    return [words for words, _ in named], Answer(value, shown)


def by_each(text: str) -> tuple[list[str], Answer] | None:
    """每人三万，我们家四口人都投了: what each gave, times how many; None where it is not said so."""
    plain = THOUSANDS.sub("", half_width(text))
    if times := EACH_TIME.search(plain) or EACH_PERIOD.search(plain) or SO_MANY_OF.search(plain):
        return _times(times)
    match, people = PER_HEAD.search(plain), _people(plain)
    if match is None or people is None or set(people[1].shown) - set("0123456789,"):
        return None
    each = MONEY.search(match["sum"])
    read_one = _sum(each[0]) if each else None
    if (
        each is None
        or read_one is None
        or set(read_one[0]) != {"yuan", "currency"}
        or read_one[0]["currency"] != RENMINBI
    ):
        return None
    whole = Decimal(read_one[0]["yuan"]) * int(people[1].value)
    value, shown = read_money(f"{whole.normalize():f}元", 10**12, "", may_be_zero=False)
    return [each[0]], Answer(value, shown)


# 一共投进去4次，每次两万
EACH_TIME = re.compile(
    rf"(?P<times>[{DIGITS}]+)(?P<unit>[次回笔期])[^{DIGITS}]{{0,6}}每(?P=unit)(?:都|投|交|存|充|打|是)*(?P<each>[^,，。;；]{{1,12}})"
)


# 每月300还了8个月
EACH_PERIOD = re.compile(
    rf"(?:每|一)(?:个)?(?P<unit>月|周|星期|礼拜|天|期|年)"
    rf"(?:[往给向在][^,，。\d]{{2,10}}?)?(?:都|要|得|就|还|交|扣|投|存|打|给|他们?|我|了)*"
    rf"(?P<each>[{DIGITS}]+(?:元|块钱?)?)[,， ]*"
    rf"(?:已经|一共|都|我|总共)*(?:还|交|扣|投|存|打|给)(?:了|过)(?:有|整整|大概)*(?P<times>[{DIGITS}]+)(?:个)?(?P=unit)"
)
# 借了4000，每月500还了8个月: what was lent is what it is about, unless nothing else is known.
BORROWED = re.compile(rf"借(?:了|到|款)?[{DIGITS}]*[\d千百万]")
# 金蟾贷投了2万，月月盈投了5万
SIDE_BY_SIDE = re.compile(
    r"(?P<paid>投|存|充|交|打|汇)(?:了|进去?)+[^,，。;；]{1,9}[,，;；、和 ]+[\u3400-\u9fffA-Za-z]{2,8}?"
    r"(?P=paid)(?:了|进去?)+[^,，。;；]{0,3}?[\d一二两三四五六七八九十]"
)


# 两个五万
SO_MANY_OF = re.compile(
    rf"(?<![{DIGITS}])(?P<times>[两二三四五六七八九])个(?P<each>[{DIGITS}]*[一二两三四五六七八九\d][万千百]\d?)(?![{DIGITS}个人户名家])"
)


def _times(match: re.Match[str]) -> tuple[list[str], Answer] | None:
    each = MONEY.search(match["each"]) or MONEY.search(f"{match['each']}元")
    try:
        times, _ = read_count(match["times"], 10**4, "")
        value, _ = read_money(each[0] if each else "", 10**12, "", may_be_zero=False)
    except AnswerError:
        return None
    if each is None or value["currency"] != RENMINBI:
        return None
    whole, shown = read_money(f"{Decimal(value['yuan']) * times:f}元", 10**12, "", may_be_zero=False)
    return [match[0]], Answer(whole, shown)


RENMINBI = "人民币"
PARTS = re.compile(rf"{MONEY.pattern}|[{DIGITS}]+[千百](?![{DIGITS}个人户名家])", re.IGNORECASE)
ADDED = re.compile(
    r"^(?:我|俺|本人)(?:自己)?(?:投了?|存了?|交了?)?[^,，、 我俺]{1,8}[,，、和 ]+(?:我|俺)[\u3400-\u9fff]{1,3}|"
    r"一[回次笔].*一[回次笔]|[两二三几][回次笔]|头一[回次]|第一[回次笔].*第二|先后|后来又|(?:又|再|还)(?:投|加|存|充|交|转|打)|"
    r"加(?:在|到)?一(?:块|起)|得加上|"
    rf"{SIDE_BY_SIDE.pattern}|"
    r"(?:又|再)(?:给|拿|汇|缴|付|借|凑|补|添|贴|搭|取)|加(?:上)?(?:我|他|她|俺|家)|[\d一二两三四五六七八九千万]\s*[+＋]\s*[\d一二两三四五六七八九]|我的.*(?:加|和).*的"
)
WHOLE_SAID = re.compile(
    r"一共|总共|合计|共计|总计|统共|加起来|总额|total|拿回|退|还了|返|收益|利息|给了我", re.IGNORECASE
)


def _options(question: Question, text: str) -> list[str]:
    plain = normalise(text)
    return [o.id for o in question.options if _any(plain, o.words) and o.id not in ("other", "unknown")]


def _any(text: str, words: Iterable[str]) -> bool:
    return any(normalise(word) in text for word in words)
