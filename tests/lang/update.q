/ no rows to update: columns keep their types, whatever the values
noRows:([]w:`int$();d:2000.01.01+til 0)
meta update w:() from noRows where i in 0#0 / meta noRows
meta update w:(),d:1f from([]w:1 2i;d:1 2)where i in 0#0 / meta([]w:1 2i;d:1 2)
