// The keyboard: Enter on a grid's cell clicks it; a dialog takes the focus when it opens, keeps it, and gives it back; Escape closes it.
(function () {
    const FOCUSABLE = "button:not([disabled]), input, select, textarea, a[href], [tabindex='0']";
    let before = null;

    function open() { return document.querySelector(".dialog:not([hidden])"); }

    document.addEventListener("keydown", event => {
        const dialog = open();
        if (event.key === "Enter" && event.target.classList && event.target.classList.contains("ag-cell")) event.target.click();
        if (!dialog) return;
        if (event.key === "Escape") dialog.querySelector(".close").click();
        if (event.key !== "Tab") return;
        const all = [...dialog.querySelectorAll(FOCUSABLE)].filter(e => e.offsetParent !== null);
        if (!all.length) return;
        const edge = event.shiftKey ? all[0] : all[all.length - 1];
        if (document.activeElement === edge || !dialog.contains(document.activeElement)) {
            event.preventDefault();
            (event.shiftKey ? all[all.length - 1] : all[0]).focus();
        }
    });

    // a dropdown keeps a field for forms that is hidden from readers and yet in the way of the Tab key: its button is what is meant
    new MutationObserver(() => {
        document.querySelectorAll(".dash-dropdown-focus-target[tabindex='0']").forEach(field => { field.tabIndex = -1; });
    }).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["tabindex"]});

    new MutationObserver(() => {
        const dialog = open();
        if (dialog && !dialog.contains(document.activeElement)) {
            before = document.activeElement;
            const first = dialog.querySelector(FOCUSABLE);
            if (first) first.focus();
        } else if (!dialog && before) {
            before.focus();
            before = null;
        }
    }).observe(document, {subtree: true, attributes: true, attributeFilter: ["hidden"]});
})();
