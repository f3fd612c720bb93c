/ the whole of a variable: it need not exist
.[`amNew;();:;1 2] / `amNew
amNew / 1 2
(.[;();:;].)each((`amOne;([]a:1 2));(`amTwo;3)) / `amOne`amTwo
amOne / ([]a:1 2)
amTwo / 3
.[`amNever;();+;1] / 'amNever
/ an atom is no structure to amend: it is applied, which fails, and trapped
@[1b;`a;0b] / 0b
@[1.5;2;`e] / `e
.[0x01;enlist 1;{x}] / "type"
/ a local is () until it is assigned
{if[0b;a:1];a}[] / ()
{if[0b;a:1];a,:2;a}[] / enlist 2
{if[x;t:([]`a`b)];select from t} 0b / 'type
/ arithmetic on a key that is not there starts from the operator's identity
amCount:()!()
amCount[`a]+:1
amCount[`a]+:1
amCount[`b]-:2
amCount / `a`b!2 -2
amTyped:(`symbol$())!`long$()
@[`amTyped;`x;+;1] / `amTyped
@[`amTyped;`x`y;+;1] / `amTyped
amTyped / `x`y!2 1
amTyped[`z]*:4
amTyped / `x`y`z!2 1 4
/ x+::y amends the global through the operator
amNext:{:amId+::1}
amId:0
amNext[] / 1
amNext[] / 2
amId / 2
amSeen:1 2
amSee:{amSeen,::x;}
amSee 3 4
amSeen / 1 2 3 4
amTally:`a`b!0 0
{amTally[x]+::10}`b
amTally / `a`b!0 10
1,:: / (1;::)
/ an undefined name starts as the identity of the operator (ref/assign.md)
amFresh,:`a`b!1 2
amFresh / `a`b!1 2
{amFresh2,:x;}([k:1 2]v:3 4)
amFresh2 / ([k:1 2]v:3 4)
amFresh3,:5
amFresh3 / enlist 5
/ the root by name, from within a namespace
\d .amSpace
@[`.;`amRooted;:;1 2];
@[`.;`amRooted;,;3];
\d .
amRooted / 1 2 3
`amRooted in key `.amSpace / 0b
