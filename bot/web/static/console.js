// Copying a text needs script; everything else on the console works without.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    // Without https there is no clipboard object; the selection still copies.
    if (navigator.clipboard) await navigator.clipboard.writeText(text.textContent);
    else {
      getSelection().selectAllChildren(text);
      document.execCommand("copy");
    }
    button.textContent = "已复制";
  });
}
