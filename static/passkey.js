// Says so on the page when a passkey could not be used (allauth's scripts only log it).
(function () {
  "use strict";

  document.addEventListener("allauth.error", function () {
    const failed = document.getElementById("passkey-failed");
    // Hidden and shown again, so that a second failure is announced, too.
    failed.hidden = true;
    window.setTimeout(function () { failed.hidden = false; }, 50);
  });
})();
