/ Where use looks for modules: QPATH, $QHOME/mod, ~/.kx/mod; then the modules that quill brings.
.Q.m.SP:(":"vs getenv`QPATH),{$[count d:getenv x;d,y;""]}'[`QHOME`HOME;("/mod";"/.kx/mod")]
.Q.m.SP@:where 0<count each .Q.m.SP
