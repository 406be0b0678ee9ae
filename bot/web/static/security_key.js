// Security keys (WebAuthn): a form that needs one is held back until the browser has its answer.
const fromText = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(options) {
  options.challenge = fromText(options.challenge);
  if (options.user) options.user.id = fromText(options.user.id);
  for (const list of ["allowCredentials", "excludeCredentials"])
    options[list] = (options[list] ?? []).map((each) => ({ ...each, id: fromText(each.id) }));
  const derived = options.extensions?.prf?.eval;
  if (derived) derived.first = fromText(derived.first);
  return options;
}
function written(credential) {
  const given = credential.response;
  const response = { clientDataJSON: toText(given.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (given[name]) response[name] = toText(given[name]);
  // What the key derived, where it can (PRF): with it the account's own key is opened.
  const first = credential.getClientExtensionResults().prf?.results?.first;
  const clientExtensionResults = first ? { prf: { results: { first: toText(first) } } } : {};
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response, clientExtensionResults });
}
async function optionsFor(form, purpose) {
  const body = new URLSearchParams({ form_token: form.elements.form_token.value, purpose });
  const answer = await fetch("/console/me/key-options", { method: "POST", body });
  const options = await answer.json();
  if (!answer.ok) throw new Error(options.error);
  return options;
}
async function signature(options) {
  return written(await navigator.credentials.get({ publicKey: readable(options) }));
}
function put(form, name, value) {
  let field = form.querySelector(`input[type="hidden"][name="${name}"]`);
  if (!field) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    form.append(field);
  }
  field.value = value;
}
async function ask(form) {
  if (form.dataset.keyOptions) put(form, "key_answer", await signature(JSON.parse(form.dataset.keyOptions)));
  // Who has both and typed a code needs no key.
  else if ("proveKey" in form.dataset && !form.elements.totp_now?.value)
    put(form, "key_answer", await signature(await optionsFor(form, "prove")));
  if ("newKey" in form.dataset)
    put(form, "new_key", written(await navigator.credentials.create({ publicKey: readable(await optionsFor(form, "enrol")) })));
}
async function submitted(event) {
  const form = event.currentTarget;
  const button = event.submitter;
  if (form.dataset.proveKey && button?.value !== form.dataset.proveKey) return; // nothing is agreed to
  event.preventDefault();
  const problem = form.querySelector("[data-key-problem]");
  if (problem) problem.hidden = true;
  try {
    await ask(form);
  } catch (error) {
    if (!problem) return;
    problem.textContent = error.name === "NotAllowedError" || error.name === "InvalidStateError" ? "没有得到安全密钥的确认（也可能这个密钥已登记过），请再试一次。" : error.message || "这个浏览器不支持安全密钥。";
    problem.hidden = false;
    return;
  }
  if (button?.name) put(form, button.name, button.value);
  form.removeEventListener("submit", submitted);
  form.submit();
}
for (const form of document.querySelectorAll("[data-key-options], [data-prove-key], [data-new-key]"))
  form.addEventListener("submit", submitted);
