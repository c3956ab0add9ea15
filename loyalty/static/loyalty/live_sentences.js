// Reads the form back as sentences while somebody types: posts it as it stands to the
// address the page names, which saves nothing, and shows the answer beside the form.
(function () {
    "use strict";

    const PAUSE = 300; // milliseconds after the last key

    function start(aside) {
        const form = document.getElementById(aside.dataset.form);
        const place = aside.querySelector("[data-sentences]");
        let timer = null;
        let asking = null;

        async function tell() {
            if (asking) asking.abort(); // an older answer must not come later
            const mine = (asking = new AbortController());
            const data = new FormData(form);
            for (const input of aside.querySelectorAll("input[name]")) {
                data.set(input.name, input.value);
            }
            aside.setAttribute("aria-busy", "true");
            try {
                const answer = await fetch(aside.dataset.sentencesUrl, {
                    method: "POST",
                    body: data,
                    credentials: "same-origin",
                    signal: mine.signal,
                });
                if (!answer.ok || answer.redirected) throw new Error(answer.status);
                place.innerHTML = await answer.text();
            } catch (error) {
                if (error.name === "AbortError") return;
                place.textContent = aside.dataset.failed;
            }
            if (asking === mine) aside.removeAttribute("aria-busy");
        }

        function soon() {
            clearTimeout(timer);
            timer = setTimeout(tell, PAUSE);
        }

        for (const element of [form, aside]) {
            element.addEventListener("input", soon);
            element.addEventListener("change", soon);
        }
        // Rows that come and go, and choices of select2, which speaks through jQuery.
        form.addEventListener("formset:added", soon);
        document.addEventListener("formset:removed", soon);
        if (window.django && window.django.jQuery) {
            window.django.jQuery(form).on("change", "select", soon);
        }
    }

    document.addEventListener("DOMContentLoaded", function () {
        document.querySelectorAll("[data-sentences-url]").forEach(start);
    });
})();
