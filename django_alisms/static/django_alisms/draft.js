// Shows the text, the columns and the sample of the template that is chosen. Without it those of the saved draft show.
(function () {
  "use strict";
  const form = document.getElementById("batchsend_form");
  if (!form) return;
  function show() {
    const template = form.querySelector('input[name="template"]:checked');
    const sign = form.querySelector('input[name="sign_name"]:checked');
    const name = sign ? form.querySelector('label[for="' + sign.id + '"]').textContent : "";
    for (const part of form.querySelectorAll("[data-al-template]"))
      part.hidden = !template || part.dataset.alTemplate !== template.value;
    for (const part of form.querySelectorAll("[data-al-none]")) part.hidden = Boolean(template);
    for (const part of form.querySelectorAll("[data-al-sign]")) part.textContent = name;
  }
  // An account may have hundreds: what is chosen is in sight.
  for (const chosen of form.querySelectorAll(".al-pick input:checked")) {
    const box = chosen.closest(".al-scroll");
    box.scrollTop = chosen.closest("tr").offsetTop - box.clientHeight / 2;
  }
  form.addEventListener("change", show);
  show();
})();
