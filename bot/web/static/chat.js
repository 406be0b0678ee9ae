// Sends messages without reloading the page. Everything also works without this file: forms post and redirect.
(() => {
  "use strict";
  const history = document.getElementById("history");
  const status = document.getElementById("status");
  const ask = document.getElementById("ask");
  const box = document.getElementById("message");
  const RETRY_MS = 2000;
  let waiting = "";
  let next = "";

  // To the last question, so that it and the beginning of its answer are both in view.
  const toEnd = () => {
    const said = history.querySelectorAll(".said");
    (said[said.length - 1] || history.lastElementChild).scrollIntoView({ block: "start" });
  };

  const add = (html) => {
    for (const old of history.querySelectorAll("form.quick")) old.remove();
    const latest = document.getElementById("latest");
    if (latest) latest.removeAttribute("id");
    history.insertAdjacentHTML("beforeend", html);
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

  // The same words sent again because no answer came are the same message, and count once.
  let unanswered = { text: "", id: "" };
  const idOf = (text) => {
    if (unanswered.text !== text) {
      const random = crypto.getRandomValues(new Uint8Array(16));
      unanswered = { text, id: Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("") };
    }
    return unanswered.id;
  };

  const post = (text) =>
    fetch("/chat", {
      method: "POST",
      headers: { "x-requested-with": "fetch" },
      body: new URLSearchParams({ message: text, id: idOf(text) }),
    });

  const say = async (text) => {
    if (waiting) {
      // A second tap on the same thing is a slip; another one waits for its turn.
      if (text !== waiting) next = text;
      status.textContent = "上一条还在处理，请稍候。";
      return;
    }
    waiting = text;
    const pending = document.createElement("li");
    pending.className = "said";
    pending.innerHTML = '<span class="who">您</span>';
    pending.append(Object.assign(document.createElement("p"), { textContent: text }));
    history.append(pending);
    box.value = "";
    toEnd();
    status.textContent = "助手正在查找，请稍候…";
    try {
      const response = await post(text);
      const html = await response.text();
      pending.remove();
      if (response.ok) {
        unanswered = { text: "", id: "" };
        add(html);
        status.textContent = "";
      } else {
        box.value = text;
        const type = response.headers.get("content-type") || "";
        if (type.startsWith("text/html")) add(html);
        status.textContent = type.startsWith("text/html") ? "" : JSON.parse(html).error;
      }
      toEnd();
    } catch (error) {
      pending.remove();
      box.value = next ? `${text}\n${next}` : text;
      next = "";
      status.textContent = "连接中断，正在重新连接。您输入的内容已保留。";
      untilBack().then(() => { status.textContent = "已重新连接，请再次点击“发送”。"; });
    } finally {
      waiting = "";
    }
    const after = next;
    next = "";
    if (after) await say(after);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/chat") return;
    event.preventDefault();
    const text = (form === ask ? box.value : event.submitter.value).trim();
    if (text) say(text).then(() => { if (form === ask) box.focus({ preventScroll: true }); else history.focus({ preventScroll: true }); });
  });

  // One file after the other, streamed, with progress; what was refused says why and the rest goes on.
  const upload = (form, file) =>
    new Promise((done) => {
      const request = new XMLHttpRequest();
      const bar = form.querySelector("progress");
      request.open("POST", "/evidence");
      request.setRequestHeader("x-requested-with", "fetch");
      request.setRequestHeader("x-filename", encodeURIComponent(file.name));
      request.upload.onprogress = (event) => {
        bar.hidden = false;
        if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
      };
      request.onload = () => {
        const answer = JSON.parse(request.responseText);
        done(request.status === 200 ? answer.text : `${file.name}：${answer.error}`);
      };
      request.onerror = () => done(`${file.name}：连接中断，没有传成，请再试一次。`);
      request.send(file);
    });

  const uploadAll = async (form, files) => {
    const said = form.querySelector("[role=status]");
    const refused = [];
    let taken = "";
    for (const file of files) {
      said.textContent = `正在上传 ${file.name} …`;
      const answer = await upload(form, file);
      if (answer.startsWith("已收到")) taken = answer; else refused.push(answer);
    }
    form.querySelector("progress").hidden = true;
    said.textContent = [taken, ...refused, taken ? "传完后请点“继续”。" : ""].filter(Boolean).join(" ");
    form.reset();
    // The question is answered now; its buttons would speak to the next one.
    if (taken) for (const old of history.querySelectorAll("form.quick")) old.remove();
    if (taken && !form.querySelector(".go-on")) {
      const on = Object.assign(document.createElement("button"), { type: "button", textContent: "继续", className: "go-on" });
      on.addEventListener("click", () => say("继续"));
      form.append(on);
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/evidence") return;
    event.preventDefault();
    uploadAll(form, form.querySelector("input").files);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const form = event.target.closest && event.target.closest(".upload");
      if (!form) return;
      event.preventDefault();
      form.classList.toggle("over", kind === "dragover");
      if (kind === "drop") uploadAll(form, event.dataTransfer.files);
    });
  }

  // A receipt as a file, made here: it never crosses the network again.
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest(".save-receipt");
    if (!link) return;
    const text = `举报编号：${link.dataset.number}\n回执码：${link.dataset.receipt}\n查进度、补充情况：${location.origin}/tip-off\n请不要告诉别人，丢失无法找回。\n`;
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  });
  const offerReceipts = () => {
    for (const link of document.querySelectorAll(".save-receipt[hidden]")) link.hidden = false;
  };
  new MutationObserver(offerReceipts).observe(history, { childList: true });
  offerReceipts();

  // An official who is signed in here is reminded while the page is open.
  const NOTICE_MS = 60000;
  if (history.dataset.signedIn) {
    setInterval(async () => {
      const response = await fetch("/notices", { headers: { "x-requested-with": "fetch" } }).catch(() => null);
      if (response && response.status === 200) add(await response.text());
    }, NOTICE_MS);
  }

  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      ask.requestSubmit();
    }
  });

  if (history.children.length > 1) toEnd();
})();
