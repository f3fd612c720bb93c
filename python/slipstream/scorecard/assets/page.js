// What the browser does by itself: state, rows and figures out of the texts that the page server renders once for all pages.
// Colours of the light theme are put in here, so that the server need not know who likes which.
(function () {
    const LIGHT = JSON.parse(document.getElementById("palette").textContent);
    const SHAPES = {"LIVE": "\u25cf ", "STALE": "\u2b22 ", "NO DATA": "\u2014 "};
    const SHOWN = ["asof", "age", "tp", "lag", "fix", "skew", "poll", "orders", "orphans", "late", "rows", "data"];
    // "leave it as it is": known once Dash has started
    const hold = () => window.dash_clientside.no_update;
    const cache = {};

    function parsed(name, text) {
        const kept = cache[name];
        if (!kept || kept.text !== text) cache[name] = {text, value: JSON.parse(text)};
        return cache[name].value;
    }

    function light() { return document.documentElement.dataset.theme === "light"; }

    // figures in the colours of the theme, and smaller letters on small screens
    function dressed(text) {
        if (!light()) return text;
        return text.replace(/#[0-9a-fA-F]{6}/g, c => LIGHT[c] || c);
    }

    function theme(name) {
        document.documentElement.dataset.theme = name;
        try { localStorage.setItem("slipstream-theme", name); } catch (e) { /* a browser that keeps nothing */ }
    }
    let kept = null;
    try { kept = localStorage.getItem("slipstream-theme"); } catch (e) { /* likewise */ }
    theme(kept || "dark");
    // lamps in colours that stay apart for everybody, or, for who wants them, those of traffic lights
    function lamps(name) {
        document.documentElement.dataset.lamps = name;
        try { localStorage.setItem("slipstream-lamps", name); } catch (e) { /* a browser that keeps nothing */ }
    }
    kept = null;
    try { kept = localStorage.getItem("slipstream-lamps"); } catch (e) { /* likewise */ }
    lamps(kept || "safe");
    document.addEventListener("click", event => {
        if (event.target.id === "theme") theme(light() ? "dark" : "light");
        if (event.target.id === "lamps") lamps(document.documentElement.dataset.lamps === "safe" ? "traffic" : "safe");
    }, true);

    function lampClass(word) { return "lamp-" + word.toLowerCase().replace(" ", "-"); }

    // Dash keeps every value that a page was ever pushed, for an undo that this page does not have: a gigabyte of charts in an hour
    function forget() {
        for (const store of window.dash_stores || []) {
            const history = store.getState().history;
            if (history) history.past.length = 0;
        }
    }

    window.dash_clientside = window.dash_clientside || {};
    window.dash_clientside.slipstream = {
        // STALE also when the page server is gone: no pulse for 3 s
        state: function (beats, pulse) {
            forget();
            const now = performance.now();
            const seen = window.slipstreamPulse || (window.slipstreamPulse = {seq: -1, at: now});
            if (pulse.seq !== seen.seq) { seen.seq = pulse.seq; seen.at = now; }
            const silent = now - seen.at > 3000;
            const state = silent ? "STALE" : pulse.state;
            const reason = silent ? "the page server does not answer" : pulse.reason;
            const header = SHOWN.map(name => pulse.header[name] === undefined ? hold() : pulse.header[name]);
            const data = pulse.header.data;
            return ["page " + state.toLowerCase().replace(" ", "-"), SHAPES[state] + state, reason, ...header,
                data ? lampClass(data.slice(2)) : hold(), pulse.header.why || ""];
        },
        numbers: function (text, chosen, alert) {
            if (!text) return Array(8).fill(hold());
            const all = parsed("numbers", text);
            const name = all.orders[chosen] ? chosen : (window.slipstreamDrawn || (all.parents[0] || {}).parent);
            const rows = all.parents.map(row => ({...row, chosen: row.parent === name}));
            const alerts = all.alerts.map(row => ({...row, chosen: row.id === alert}));
            const order = all.orders[name];
            if (!order) return [rows, alerts, "\u2014", [], ...Array(2).fill(["\u2014 NO DATA", lampClass("no data")]).flat()];
            const span = (children, type) => ({namespace: "dash_html_components", type: type || "Span", props: {children}});
            const figures = order.figures.map(([label, value]) => span([label + " ", span(value, "B")]));
            return [rows, alerts, order.title, figures, order.cost.text, lampClass(order.cost.word), order.leak.text,
                lampClass(order.leak.word)];
        },
        charts: function (text, choice) {
            if (!text) return Array(5).fill(hold());
            const all = JSON.parse(dressed(text));
            window.slipstreamDrawn = all.parent;
            return [all.price, all.drift[choice], all.fall, all.slip, all.behave];
        },
        shares: text => text ? JSON.parse(text) : hold(),
        same: text => text || "",
        past: function (text, choice) {
            if (!text) return Array(5).fill(hold());
            const all = JSON.parse(dressed(text));
            return [all.price, all.drift[choice], all.fall, all.slip, all.behave];
        },
        picture: function (clicks, name) {
            const drawn = document.querySelector("#" + name + " .js-plotly-plot");
            if (drawn) window.Plotly.downloadImage(drawn, {format: "png", width: 1600, height: 900, filename: "slipstream-" + name});
            return "";
        },
        alert: cell => cell ? cell.rowId : hold(),
        quick: (text, options) => ({...options, quickFilterText: text || ""}),
        dialog: function (opened, closed, opener) {
            const asked = (window.dash_clientside.callback_context.triggered[0] || {}).prop_id || "";
            return asked !== opener + ".n_clicks";
        },
    };
})();
