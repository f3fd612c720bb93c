/ no rows to update: columns keep their types, whatever the values
noRows:([]w:`int$();d:2000.01.01+til 0)
meta update w:() from noRows where i in 0#0 / meta noRows
meta update w:(),d:1f from([]w:1 2i;d:1 2)where i in 0#0 / meta([]w:1 2i;d:1 2)
/ dictionaries of the same keys are cells of a column, one a row
cellRows:([]w:1 2;c:(()!();()!()))
cellDict:{`p`q!(x;x+1)}
exec c 1 from update c:cellDict each w from cellRows / `p`q!2 3
exec c 1 from update c:cellDict each w from cellRows where w=2 / `p`q!2 3
exec c 0 from update c:cellDict each w from cellRows where w=2 / ()!()
count select c:cellDict each w from cellRows / 2
