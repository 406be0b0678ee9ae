// Sends messages without reloading the page. Everything also works without this file: forms post and redirect.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const history = $("history");
  const status = $("status");
  const ask = $("ask");
  const box = $("message");
  const RETRY_MS = 2000;
  const make = (name, values, ...children) => {
    const made = Object.assign(document.createElement(name), values);
    made.append(...children);
    return made;
  };

  // What can be done with script only is hidden in the page as it comes; what it makes needless goes.
  const showWhatScriptCan = (root) => {
    for (const one of root.querySelectorAll(".by-script[hidden]")) one.hidden = false;
    for (const one of root.querySelectorAll(".no-script")) one.hidden = true;
  };

  // To the last question, so that it and the beginning of its answer are both in view; after a long one (a whole form)
  // to the answer. A receipt comes first.
  const toEnd = () => {
    const receipts = history.querySelectorAll(".receipt");
    const receipt = receipts[receipts.length - 1];
    const said = history.querySelectorAll(".said:not(.queued)");
    const asked = said[said.length - 1];
    const isLong = asked && asked.nextElementSibling && asked.offsetHeight > innerHeight / 4;
    const begin = isLong ? asked.nextElementSibling : asked;
    const target = receipt && receipt.closest("li") === history.lastElementChild ? receipt : begin;
    (target || history.lastElementChild).scrollIntoView({ block: "start" });
    // However much was noted before it, what is asked now is seen.
    const question = history.lastElementChild.querySelector(".question");
    if (question) question.scrollIntoView({ block: "nearest" });
  };

  // The label of the box says what is being answered, and the keyboard of a phone fits it.
  const USUAL = "请输入您的问题";
  const inForm = () => {
    const replies = history.querySelectorAll("li.reply");
    return replies.length > 0 && replies[replies.length - 1].dataset.form === "yes";
  };
  const followState = () => {
    const replies = history.querySelectorAll("li.reply");
    const last = replies[replies.length - 1];
    $("asks").textContent = (last && last.dataset.asks) || USUAL;
    box.inputMode = (last && last.dataset.keyboard) || "text";
    box.placeholder = last && last.dataset.asks ? "写您的回答" : "直接说您的问题";
  };

  const add = (html) => {
    for (const old of history.querySelectorAll(".once, li.problem")) old.remove();
    const latest = $("latest");
    if (latest) latest.removeAttribute("id");
    const queued = history.querySelector(".queued");
    if (queued) queued.insertAdjacentHTML("beforebegin", html);
    else history.insertAdjacentHTML("beforeend", html);
    for (const one of document.querySelectorAll(".once-begun[hidden]")) one.hidden = false;
    if (history.querySelector(".receipt")) receiptShown.note();
    followState();
    finish();
  };

  // A receipt is shown once and nothing of its report is kept, here or on the server: after a reload only this tab
  // knows that there was one, and for ten minutes it can be asked for again.
  const RECEIPT_SHOWN = "receipt-shown";
  const AGAIN_MS = 10 * 60 * 1000;
  const MENTIONED_MS = 3 * AGAIN_MS;
  const receiptShown = {
    note() {
      try {
        sessionStorage.setItem(RECEIPT_SHOWN, String(Date.now()));
      } catch (error) {
        // the browser keeps nothing
      }
    },
    forget() {
      try {
        sessionStorage.removeItem(RECEIPT_SHOWN);
      } catch (error) {
        // the browser keeps nothing
      }
    },
    say() {
      let since = Infinity;
      try {
        since = Date.now() - Number(sessionStorage.getItem(RECEIPT_SHOWN) || -Infinity);
      } catch (error) {
        return;
      }
      if (since > MENTIONED_MS || history.querySelector(".receipt")) return;
      history.append($("receipt-was-shown").content.cloneNode(true));
      if (since > AGAIN_MS) for (const one of history.querySelectorAll(".again")) one.remove();
    },
  };

  const untilBack = async () => {
    for (;;) {
      await new Promise((done) => setTimeout(done, RETRY_MS));
      try {
        if ((await fetch("/healthz")).ok) return;
      } catch (error) {
        // still away
      }
    }
  };

  // What is typed outlives a reload of this tab; while a report or a self-check is filled in, nothing of it is kept.
  const DRAFT = "draft";
  const draft = {
    keep() {
      try {
        if (box.value && !inForm()) sessionStorage.setItem(DRAFT, box.value);
        else sessionStorage.removeItem(DRAFT);
      } catch (error) {
        // the browser keeps nothing
      }
    },
    load() {
      try {
        if (!box.value && !inForm()) box.value = sessionStorage.getItem(DRAFT) || "";
      } catch (error) {
        // the browser keeps nothing
      }
    },
  };

  // Where CSS cannot (field-sizing), the box grows here.
  const grow = () => {
    if (CSS.supports("field-sizing", "content")) return;
    box.rows = Math.min(6, box.value.split("\n").reduce((rows, line) => rows + Math.ceil((line.length || 1) / 20), 0));
  };
  const write = (text) => {
    box.value = text;
    grow();
    draft.keep();
  };

  // Sending ------------------------------------------------------------------------------------------------

  // The same words sent again because no answer came are the same message, and count once.
  let unanswered = { text: "", id: "" };
  const idOf = (text) => {
    if (unanswered.text !== text) {
      const random = crypto.getRandomValues(new Uint8Array(16));
      unanswered = { text, id: Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("") };
    }
    return unanswered.id;
  };

  const bubble = (text) => make("li", { className: "said" }, make("span", { className: "who", textContent: "您" }), make("p", { textContent: text }));
  const typing = () => make("li", { className: "typing" }, make("i"), make("i"), make("i"), make("span", { className: "who", textContent: "正在查找" }));

  let current = null;
  const queue = [];

  const say = (text, fields) => {
    if (!text) return;
    const told = fields ? fields.toString() : text;
    // A second tap on the same thing is a slip; another one waits for its turn, in view.
    if (current && (current.told === told || queue.some((one) => one.told === told))) return;
    const one = { text, told, fields, item: bubble(text) };
    if (current) {
      one.item.classList.add("queued");
      one.item.append(make("span", { className: "who", textContent: "等上一条处理完就发" }));
      queue.push(one);
      history.append(one.item);
      status.textContent = `还有 ${queue.length} 条在排队。`;
      one.item.scrollIntoView({ block: "nearest" });
      return;
    }
    send(one);
  };

  const giveBack = (one) => {
    const texts = [one, ...queue.splice(0)];
    for (const each of texts) each.item.remove();
    write([...texts.filter((each) => !each.fields).map((each) => each.text), box.value].filter(Boolean).join("\n"));
  };

  // The request leaves before anything is drawn, so that the server works while the browser lays out.
  const post = (one) => {
    const body = one.fields || new FormData(); // a long story is a third of the size it has in an address
    if (!one.fields) body.set("message", one.text);
    body.set("id", idOf(one.told));
    return fetch("/chat", { method: "POST", headers: { "x-requested-with": "fetch" }, body });
  };
  const showWaiting = (one, dots) => {
    if (one.item.classList.contains("queued")) one.item.replaceWith((one.item = bubble(one.text)));
    const queued = history.querySelector(".queued");
    if (queued) queued.before(one.item, dots);
    else history.append(one.item, dots);
    status.textContent = "助手正在查找，请稍候…";
    toEnd();
  };
  // A refusal of ours is a problem in the page's own form or an error in words; anything else is a proxy's, whose
  // server is away.
  const refusalOf = (response, html) => {
    if (html.trimStart().startsWith('<li class="problem"')) return { item: html, words: "" };
    try {
      return { item: "", words: JSON.parse(html).error };
    } catch (error) {
      throw new Error(`no answer of ours: ${response.status}`);
    }
  };
  const showRefusal = (one, { item, words }) => {
    giveBack(one);
    for (const old of history.querySelectorAll("li.problem")) old.remove();
    history.insertAdjacentHTML("beforeend", item);
    status.textContent = words;
  };

  const send = async (one) => {
    current = one;
    const dots = typing();
    try {
      const posted = post(one);
      showWaiting(one, dots);
      const response = await posted;
      const html = await response.text();
      const refusal = response.ok ? null : refusalOf(response, html);
      // All that changes is changed before the place is looked for: the page is laid out once.
      one.item.remove();
      dots.remove();
      if (refusal) showRefusal(one, refusal);
      else {
        unanswered = { text: "", id: "" };
        status.textContent = "";
        add(html);
      }
      toEnd();
    } catch (error) {
      giveBack(one);
      status.textContent = "连接中断，正在重新连接。您输入的内容已保留。";
      untilBack().then(() => { status.textContent = one.fields ? "已重新连接，请再点一次刚才的按钮。" : "已重新连接，请再次点击“发送”。"; });
    } finally {
      dots.remove();
      current = null;
    }
    const after = queue.shift();
    if (after) await send(after);
  };

  // What a form was filled in with, in words, to be shown at once; the server says the same.
  const wordsOf = (form) => {
    const words = [];
    for (const field of form.querySelectorAll(".field")) {
      const input = field.querySelector("[name^=field]");
      const ticked = field.querySelector("input:checked");
      const unit = field.querySelector("select");
      const value = ticked ? ticked.closest("label").textContent.trim() : input.value.trim() && input.value.trim() + (unit ? unit.value : "");
      if (value) words.push(`${field.querySelector("label").firstChild.textContent}：${value}`);
    }
    if (words.length) return words.join("\n");
    for (const ticked of form.querySelectorAll("input[type=checkbox]:checked")) words.push(ticked.closest("label").textContent.trim().replace(/^\d+\. /, "").replace(/\s+/g, ""));
    const amount = form.elements.amount;
    if (amount) words.push(/[^\d.,，]/.test(amount.value) ? amount.value.trim() : amount.value.trim() + form.elements.unit.value);
    if (form.elements.day) words.push(form.elements.day.value);
    return words.join("、") || form.dataset.none || "";
  };

  // What is too long for one message is sent in several, parted behind sentences.
  const LONGEST = box.maxLength;
  const inParts = (text) => {
    const parts = [""];
    for (const sentence of text.split(/(?<=[。！？；!?;\n])/)) {
      for (let at = 0; at < sentence.length; at += LONGEST) {
        const piece = sentence.slice(at, at + LONGEST);
        if (parts[parts.length - 1].length + piece.length > LONGEST) parts.push("");
        parts[parts.length - 1] += piece;
      }
    }
    return parts.map((part) => part.trim()).filter(Boolean);
  };
  // The browser would cut what is pasted without a word, and ask for words in a language of its own.
  box.removeAttribute("maxlength");
  ask.noValidate = true;

  // A button is shown as it was read, whatever words it stands for.
  const press = (button) => {
    const title = button.closest(".quick") ? button.textContent.trim() : button.value;
    say(title, title === button.value ? undefined : new URLSearchParams({ message: button.value, shown: title }));
  };
  const fillIn = (form, words) => {
    const fields = new URLSearchParams(new FormData(form));
    if (form.dataset.none) fields.set("shown", words);
    say(words, fields);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/chat") return;
    event.preventDefault();
    if (form === ask) {
      const text = box.value.trim();
      if (!text) return;
      write("");
      suggest.close();
      for (const part of inParts(text)) say(part);
      box.focus({ preventScroll: true });
      return;
    }
    const typed = event.submitter && event.submitter.name === "message";
    const focus = typed && event.submitter.dataset.focus;
    // What is asked at a clause is answered in the chat: where the plan lies over it, the plan goes.
    if (reader.contains(form) && reader.matches(":modal")) back();
    if (typed) press(event.submitter);
    else if (wordsOf(form)) fillIn(form, wordsOf(form));
    else status.textContent = "没有勾选任何一项。有的请勾上；确实没有，请点“都没有”或“跳过”。";
    (focus ? $(focus) : history).focus({ preventScroll: true });
  });

  // In a form of several fields Enter goes to the next one, as the key of a phone's keyboard says.
  const goOn = (input) => {
    const fields = [...input.form.querySelectorAll(".field [name^=field], button")];
    fields.slice(fields.indexOf(input) + 1).find((one) => !one.disabled).focus();
  };
  history.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches(".field input:not([type=checkbox])")) return;
    event.preventDefault();
    goOn(event.target);
  });
  // What is the same as above needs no words: on to the next field.
  history.addEventListener("change", (event) => {
    const tick = event.target.closest(".same input");
    if (!tick) return;
    const input = tick.closest(".field").querySelector("[name^=field]");
    input.disabled = tick.checked;
    if (tick.checked) goOn(input);
  });

  box.addEventListener("input", () => { grow(); draft.keep(); suggest.show(); });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (suggest.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      ask.requestSubmit();
    }
  });

  // Suggestions: matched here, so that nothing leaves the browser before it is sent; none while a form is open ---
  const suggest = (() => {
    const list = $("suggestions");
    const MOST = 4;
    let all = [];
    let loading = null;
    let at = -1;
    const pairs = (text) => {
      const plain = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
      const found = new Set();
      for (let n = 0; n < plain.length - 1; n += 1) found.add(plain.slice(n, n + 2));
      return found;
    };
    // Once for all who ask, and who asks meanwhile waits for the same answer.
    const load = () => (loading ||= fetch("/suggestions.json")
      .then((response) => (response.ok ? response.json() : []))
      .then((texts) => { all = texts.map((text) => ({ text, pairs: pairs(text) })); })
      .catch(() => {}));
    const best = (typed) => {
      const wanted = pairs(typed);
      const scored = all.map((one) => {
        let shared = 0;
        for (const pair of wanted) if (one.pairs.has(pair)) shared += 1;
        return { text: one.text, score: shared / wanted.size - one.text.length / 200 };
      });
      return scored.filter((one) => one.score > 0.4 && one.text !== typed).sort((a, b) => b.score - a.score).slice(0, MOST);
    };
    const close = () => {
      list.hidden = true;
      list.replaceChildren();
      at = -1;
      box.removeAttribute("aria-activedescendant");
      $("how-many").textContent = "";
    };
    const mark = () => {
      [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
      if (at >= 0) {
        box.setAttribute("aria-activedescendant", list.children[at].id);
        list.children[at].scrollIntoView({ block: "nearest" });
      } else box.removeAttribute("aria-activedescendant");
    };
    const choose = (text) => {
      close();
      write("");
      say(text);
    };
    const show = async () => {
      const typed = box.value.trim();
      if (inForm() || typed.length < 2 || typed.length > 24 || typed.includes("\n")) return close();
      await load();
      if (box.value.trim() !== typed) return undefined;
      const found = best(typed);
      if (!found.length) return close();
      at = -1;
      list.replaceChildren(...found.map((one, n) => {
        const item = make("li", { id: `suggestion-${n}`, role: "option", textContent: one.text });
        item.setAttribute("aria-selected", "false");
        item.addEventListener("mousedown", (event) => event.preventDefault());
        item.addEventListener("click", () => choose(one.text));
        return item;
      }));
      list.hidden = false;
      mark();
      $("how-many").textContent = `有 ${found.length} 条建议，按上下键选择。`;
      return undefined;
    };
    const key = (event) => {
      if (list.hidden) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) at = (at + step + list.children.length + 1) % (list.children.length + 1);
      if (at === list.children.length) at = -1;
      if (step) mark();
      else if (event.key === "Escape") close();
      else if (event.key === "Enter" && at >= 0) choose(list.children[at].textContent);
      else return false;
      event.preventDefault();
      return true;
    };
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", "suggestions");
    box.addEventListener("focus", load, { once: true });
    box.addEventListener("blur", close);
    return { show, key, close };
  })();

  // Files: chosen, dropped anywhere, pasted or from the camera; one after the other, with progress and a way out ---
  const uploadForm = () => history.querySelector("form.upload");
  const rowOf = (file) => make("li", {}, make("span", { textContent: file.name }));
  const upload = (file, row, asTurn) =>
    new Promise((done) => {
      const request = new XMLHttpRequest();
      const bar = make("progress", { max: 100, value: 0 });
      bar.setAttribute("aria-label", `上传进度：${file.name}`);
      const cancel = make("button", { type: "button", textContent: "取消" });
      cancel.setAttribute("aria-label", `取消上传 ${file.name}`);
      row.append(bar, cancel);
      const over = (said) => { bar.remove(); cancel.remove(); row.append(said.note); done(said); };
      request.open("POST", "/evidence");
      request.setRequestHeader("x-requested-with", "fetch");
      request.setRequestHeader("x-filename", encodeURIComponent(file.name));
      if (asTurn) request.setRequestHeader("x-turn", "last");
      request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
      request.onload = () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch (error) { answer = { error: "没有传成，请再试一次。" }; }
        if (request.status === 200) over({ taken: answer.text, html: answer.html, note: "已收到" });
        else over({ refused: `${file.name}：${answer.error}`, html: answer.html, note: "没有收下" });
      };
      request.onerror = () => over({ refused: `${file.name}：连接中断，没有传成，请再试一次。`, note: "没有传成" });
      request.onabort = () => over({ refused: `${file.name}：已取消。`, note: "已取消" });
      cancel.addEventListener("click", () => request.abort());
      request.send(file);
    });

  // Handed over without being asked for: it opens a report or goes to the one at hand, and is answered like a message.
  const handOver = async (files) => {
    const list = make("ul", { className: "uploads" });
    const item = make("li", { className: "said" }, make("span", { className: "who", textContent: "您" }), list);
    history.append(item);
    toEnd();
    let unsaid = "";
    const refused = [];
    for (const [n, file] of files.entries()) {
      const row = rowOf(file);
      list.append(row);
      const answer = await upload(file, row, n === files.length - 1);
      if (answer.html) add(answer.html);
      unsaid = answer.html ? "" : answer.taken || unsaid;
      if (answer.refused && !answer.html) refused.push(answer.refused);
    }
    for (const why of [unsaid, ...refused].filter(Boolean)) item.append(make("p", { role: "alert", textContent: why }));
    toEnd();
  };

  const uploadAll = async (files) => {
    const form = uploadForm();
    if (!form) {
      await handOver(files);
      return;
    }
    // The question is being answered; its buttons would speak to the next one.
    form.classList.remove("once");
    const said = form.querySelector("[role=status]");
    const refused = [];
    let taken = "";
    for (const file of files) {
      said.textContent = `正在上传 ${file.name} …`;
      const row = rowOf(file);
      form.querySelector(".uploads").append(row);
      const answer = await upload(file, row);
      if (answer.taken) taken = answer.taken;
      else refused.push(answer.refused);
    }
    const { on: goesOn = "继续", onTitle = goesOn } = form.dataset;
    const parts = [taken, ...refused, taken && `传完后请点“${onTitle}”`].filter(Boolean);
    said.textContent = parts.map((part) => part.replace(/[。 ]+$/, "")).join("。") + "。";
    form.reset();
    if (!taken) { form.classList.add("once"); return; }
    for (const old of history.querySelectorAll(".quick.once, .fields.once")) old.remove();
    if (!form.querySelector(".go-on")) {
      const on = make("button", { type: "button", textContent: onTitle, className: "go-on send" });
      on.addEventListener("click", () => { form.classList.add("once"); say(goesOn); });
      form.append(on);
    }
    form.querySelector(".go-on").scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/evidence") return;
    event.preventDefault();
    uploadAll(event.target.querySelector("input").files);
  });
  document.addEventListener("change", (event) => {
    if (event.target.type === "file" && event.target.closest(".upload")) uploadAll([...event.target.files]);
  });
  const hasFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      const left = kind === "dragleave" && event.relatedTarget;
      document.body.classList.toggle("dropping", kind === "dragover" || Boolean(left));
      if (kind === "drop") uploadAll([...event.dataTransfer.files]);
    });
  }
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData ? [...event.clipboardData.files] : [];
    if (!files.length) return;
    event.preventDefault();
    uploadAll(files);
  });

  // Under each answer: copy, share, print, read aloud -------------------------------------------------------
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      // without https there is no clipboard to write to
      const area = make("textarea", { value: text, className: "visually-hidden" });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const textOf = (answer) => {
    const parts = [...answer.querySelectorAll(":scope > p:not(.sources-title), :scope > blockquote")].map((part) => part.innerText.trim());
    const cited = answer.querySelector(".sources a");
    const where = cited ? [`依据：${cited.dataset.document} ${cited.querySelector("strong").textContent} ${cited.href}`] : [];
    return [...parts, ...where].join("\n");
  };
  const briefly = (button, text) => {
    const before = button.textContent;
    button.textContent = text;
    status.textContent = `${text}。`;
    setTimeout(() => { button.textContent = before; status.textContent = ""; }, RETRY_MS);
  };
  const printOne = (item) => {
    document.body.classList.add("printing-one");
    item.classList.add("to-print");
    window.print();
    document.body.classList.remove("printing-one");
    item.classList.remove("to-print");
  };
  const readAloud = (button, answer) => {
    const speaking = speechSynthesis.speaking;
    speechSynthesis.cancel();
    if (speaking) return;
    const speech = Object.assign(new SpeechSynthesisUtterance(textOf(answer).replace(/\n依据：.*$/, "")), { lang: "zh-CN" });
    speech.onend = speech.onerror = () => { button.textContent = "朗读"; };
    button.textContent = "停止朗读";
    speechSynthesis.speak(speech);
  };
  const tools = (answer) => {
    const button = (name, act) => {
      const made = make("button", { type: "button", textContent: name });
      made.addEventListener("click", () => act(made));
      return made;
    };
    const made = [button("复制", (one) => copy(textOf(answer)).then(() => briefly(one, "已复制")))];
    if (navigator.share) made.push(button("分享", () => navigator.share({ title: document.title, text: textOf(answer) }).catch(() => {})));
    made.push(button("打印", () => printOne(answer)));
    if ("speechSynthesis" in window) made.push(button("朗读", (one) => readAloud(one, answer)));
    const bar = make("div", { className: "tools" }, ...made);
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "这条回答");
    const rate = answer.querySelector(":scope > .rate");
    if (rate) bar.append(rate);
    answer.append(bar);
  };
  const finish = () => {
    showWhatScriptCan(history);
    for (const answer of history.querySelectorAll("li.answer:not([data-tools])")) {
      answer.dataset.tools = "yes";
      tools(answer);
    }
  };
  finish();

  // A receipt as a file, made here: it never crosses the network again.
  document.addEventListener("click", (event) => {
    const inside = (name) => event.target.closest && event.target.closest(name);
    const card = inside(".receipt");
    if (!card) return;
    const link = card.querySelector(".save-receipt");
    const text = `举报编号：${link.dataset.number}\n回执码：${link.dataset.receipt}\n查进度、补充情况：${location.origin}/tip-off\n请不要告诉别人，丢失无法找回。\n`;
    if (inside(".save-receipt")) link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    if (inside(".copy-receipt")) copy(link.dataset.receipt).then(() => briefly(inside(".copy-receipt"), "已复制"));
    if (inside(".print")) printOne(card.closest("li"));
  });

  // The plan, beside the conversation or over it; going back closes it at the same place -----------------------
  const reader = $("reader");
  const BESIDE = matchMedia("(min-width: 70rem)");
  let opener = null;
  const closeReader = () => {
    reader.close();
    document.body.classList.remove("reading");
    if (opener) opener.focus({ preventScroll: true });
    opener = null;
  };
  const openReader = async (path, hash) => {
    const response = await fetch(path).catch(() => null);
    if (!response || !response.ok) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const article = page.querySelector("article") || page.querySelector("main");
    if (!article) return false;
    for (const one of article.querySelectorAll("script")) one.remove();
    $("reader-text").replaceChildren(document.adoptNode(article));
    $("reader-whole").href = path + hash;
    if (!reader.open) {
      if (BESIDE.matches) reader.show();
      else reader.showModal();
    }
    document.body.classList.toggle("reading", BESIDE.matches);
    const clause = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (clause) {
      clause.classList.add("opened");
      clause.scrollIntoView({ block: "center" });
    }
    $("reader-title").focus({ preventScroll: true });
    return true;
  };
  document.addEventListener("click", async (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || url.pathname !== "/plan" || !url.hash || link.id === "reader-whole") return;
    if (!link.closest("#history, #reader-text")) return;
    event.preventDefault();
    if (link.closest("#history")) opener = link;
    const wasOpen = reader.open;
    if (!(await openReader(url.pathname + url.search, url.hash))) location.assign(link.href);
    else if (wasOpen) window.history.replaceState({ reading: true }, "", url);
    else window.history.pushState({ reading: true }, "", url);
  });
  window.addEventListener("popstate", () => {
    if (reader.open && location.pathname === "/") closeReader();
    else if (location.pathname === "/plan") location.reload();
  });
  const back = () => window.history.back();
  reader.querySelector(".close").addEventListener("click", back);
  reader.addEventListener("cancel", (event) => { event.preventDefault(); back(); });
  reader.addEventListener("keydown", (event) => { if (event.key === "Escape" && !reader.matches(":modal")) back(); });

  // 清除对话 asks first.
  const sure = $("sure");
  $("forget").addEventListener("submit", (event) => {
    event.preventDefault();
    sure.showModal();
  });
  sure.querySelector(".no").addEventListener("click", () => sure.close());
  sure.querySelector("form").addEventListener("submit", () => { write(""); receiptShown.forget(); });

  // An official who is signed in here is reminded while the page is open.
  const NOTICE_MS = 60000;
  if (history.dataset.signedIn) {
    setInterval(async () => {
      const response = await fetch("/notices", { headers: { "x-requested-with": "fetch" } }).catch(() => null);
      if (response && response.status === 200) add(await response.text());
    }, NOTICE_MS);
  }

  receiptShown.say();
  followState();
  draft.load();
  grow();
  if (history.children.length > 1) toEnd();
  if ("serviceWorker" in navigator && document.querySelector('link[rel="manifest"]')) window.addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
})();
