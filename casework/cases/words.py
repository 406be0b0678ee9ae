"""How states, degrees and outcomes of cases are called, by reporters and officials alike."""

from __future__ import annotations

from casework.cases.case import ASKING, CLOSED, EXAMINING, FORWARDED, SUBMITTED

STATUS_NAMES = {SUBMITTED: "已收到", FORWARDED: "已转办", EXAMINING: "核查中", ASKING: "需补充", CLOSED: "已办结"}
SEVERITY_NAMES = {0: "一般", 1: "较重", 2: "重大"}
OUTCOMES = {
    "handled": "属实，已依法处置",
    "police": "涉嫌犯罪，已移送公安机关",
    "rectified": "已责令整改并落实",
    "unfounded": "经核查不属实",
    "untraceable": "线索不足，无法核查",
    "elsewhere": "不属于本次整治范围，已引导",
}
