// Grids are read without scrolling sideways: where one is too narrow for its columns, those of least importance are left out (a column's
// context.lesser is its rank, the lowest goes first), and come back when there is room.
(function () {
    // by grid: what was left out here, as opposed to what the reader hid
    const left = new WeakMap();
    const functions = window.dashAgGridFunctions = window.dashAgGridFunctions || {};

    functions.fitColumns = function (event) {
        const api = event.api;
        if (api.isDestroyed()) return;
        const before = left.get(api) || [];
        const rank = column => (column.getColDef().context || {}).lesser || 0;
        const wide = column => column.getColDef().flex ? column.getColDef().minWidth : column.getActualWidth();
        const shown = api.getColumns().filter(column => column.isVisible() || before.includes(column.getColId()));
        const room = (range => range.right - range.left)(api.getHorizontalPixelRange());
        if (room <= 0) return;
        const out = [];
        let needed = shown.reduce((sum, column) => sum + wide(column), 0);
        for (const column of shown.filter(rank).sort((a, b) => rank(a) - rank(b))) {
            if (needed <= room) break;
            out.push(column.getColId());
            needed -= wide(column);
        }
        const back = before.filter(name => !out.includes(name));
        const gone = out.filter(name => api.getColumn(name).isVisible());
        left.set(api, out);
        if (back.length) api.setColumnsVisible(back, true);
        if (gone.length) api.setColumnsVisible(gone, false);
        // a layout that is saved here holds what the reader hid alone
        const named = document.querySelector("#parents") && window.dash_ag_grid.getApi("parents");
        if (named && named.getGridId() === api.getGridId() && (back.length || gone.length))
            window.dash_clientside.set_props("parents-left-out", {data: out});
    };
})();
