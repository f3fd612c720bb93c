/ memory domains: ref/dotm.md, basics/internal.md -120!
-120!1 2 3 / 0
-120!'(1 2 3;.m.x:1 2 3) / 0 1
.m.y:(1 2;`a`b)
-120!.m.y / 1
-120!.m.y 1 / 1
/ other namespaces may refer to an object of domain 1
backed:.m.a:1 2 3
-120!backed / 1
/ the object is a copy: what was there before stays in domain 0
backed0:til 5
.m.z:backed0
-120!'(backed0;.m.z) / 0 1
.m.z~backed0 / 1b
`.m.w set 3 4;
-120!.m.w / 1
-120!([]a:1 2) / 0
-120!.m.t:([]a:1 2) / 1
/ functions are not copied and stay in domain 0
-120!.m.f:{x} / 0
