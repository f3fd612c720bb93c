/ Constants and small tools of .Q that say something about text and types.
.Q.t:" bg xhijefcspmdznuvts"
.Q.a:"abcdefghijklmnopqrstuvwxyz"
.Q.A:"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
.Q.n:"0123456789"
.Q.nA:.Q.n,.Q.A
.Q.an:.Q.a,.Q.A,"_",.Q.n
.Q.b6:.Q.A,.Q.a,.Q.n,"+/"

/ fixed-width codes: a number as ten base-64 or twelve base-36 characters, and back
.Q.x10:{.Q.b6 (10#64) vs x}
.Q.j10:{64 sv .Q.b6?x}
.Q.x12:{.Q.nA (12#36) vs x}
.Q.j12:{36 sv .Q.nA?x}

/ the same day of a month y months later; may spill over into the following month
.Q.addmonths:{("d"$y+"m"$x)+-1+"i"$`dd$x}

/ x with n decimal places in w characters
.Q.fmt:{[w;n;x] neg[w]$.Q.f[n;x]}
