/ modules: use, export, .z.m, .z.M, the search path (ref/dotz.md; the module framework pages of KDB-X)
modDir:first system"mktemp -d"
.Q.m.SP,:enlist modDir
modFile:{[name;lines]system"mkdir -p ",modDir,"/",1_raze"/",/:-1_"/"vs name;(hsym`$modDir,"/",name)0:lines;}
/ definitions within the export, and by name
modFile["m1/init.q";enlist"export:([f:{x+1};g:{x*2}])"]
m1:use`m1
m1.f 10 / 11
m1.g 10 / 20
key m1 / `f`g
modFile["m2.q";("f:{x+1}";"g:{h x*2}";"h:{x-1}";"export:([f;g])")]
m2:use`m2
m2.f 10 / 11
m2.g 10 / 19
/ names of a module are its own
h:{x+100}
m2.g 10 / 19
key m2 / `f`g
([g]):use`m2
g 3 / 5
/ an export may be a function
modFile["m3/init.q";("f:{x+1}";"g:{x*2}";"export:{([f;g])}")]
(use`m3)[`g]4 / 8
/ a dotted name is a path
modFile["a/b/c.q";("v:42";"export:([v])")]
(use`a.b.c)`v / 42
use`a.b.none / 'notfound: a.b.none
modFile["m4.q";enlist"f:1"]
use`m4 / 'export: m4
/ a path that starts with :: is beside the module that is being loaded
modFile["p/init.q";("where1:.Q.rp`:::data.csv";"export:([where1])")]
(use`p)`where1 / hsym`$modDir,"/p/data.csv"
.Q.rp`:::data.csv / `:data.csv
.Q.rp`:data.csv / `:data.csv
/ a module is loaded once
counter:0
modFile["m5.q";("counter:.z.p";".[`.;();,;([counter:1+get`..counter])];";"export:([counter])")]
modA:(use`m5)`counter
modB:(use`m5)`counter
modA~modB / 1b
counter / 1
/ the namespace and its name
modFile["m6.q";("f:{.z.M}";"g:{.z.M.f}";"state:0";"next1:{.z.m.state:1+.z.m.state}";"all1:{key .z.m}";"export:([f;g;next1;all1])")]
m6:use`m6
m6.f[] / `.m.m6
m6.g[] / `.m.m6.f
.z.M / `.
.z.M.f / `f
m6.next1[]
m6.next1[] / 2
.m.m6.state / 2
`f`g`state`next1`all1 in m6.all1[] / 11111b
/ amended by name, and a table of the module's
modFile["m7.q";("t:([]k:`$();v:`long$())";"add:{.z.M.t upsert(x;y);}";"set1:{[k;w]update v:w from .z.M.t where k=k;}";"drop1:{[n]delete from .z.M.t where v<n;}";"tab:{[]t}";"export:([add;drop1;tab])")]
m7:use`m7
m7.add[`a;1]
m7.add[`b;2]
m7.tab[] / ([]k:`a`b;v:1 2)
m7.drop1 2
m7.tab[] / ([]k:enlist`b;v:enlist 2)
/ a module of names that are keywords, and qSQL that uses the module's functions
modFile["foo/init.q";(".z.m.log:{\"logged \",x}";"f:{x+1}";"upd:{(.z.m.log\"it\";select .z.m.f a from ([]a:1 2 3))}";"export:([upd])")]
.z.m,:use`foo
upd[] / ("logged it";([]a:2 3 4))
/ siblings and children
modFile["p/one.q";("([two]):use`..two";"f:{two x}";"export:([f])")]
modFile["p/two.q";("two:{x*22}";"export:([two])")]
(use`p.one)[`f]2 / 44
modFile["q1/init.q";("util:use`.util";"f:{util.double x}";"export:([f])")]
modFile["q1/util.q";("double:{2*x}";"export:([double])")]
(use`q1)[`f]21 / 42
/ from a script they are in the current directory, and what such a module names stands beside it
modFile["here/one1.q";("([two1]):use`..two1";"f:{two1 x}";"export:([f])")]
modFile["here/two1.q";("two1:{x+5}";"export:([two1])")]
modWas:system"cd"
system"cd ",modDir,"/here"
(use`..one1)[`f]2 / 7
use`..kx.printf / 'notfound: kx.printf
system"cd ",modWas
/ a file beside the module, in its namespace
modFile["r1/init.q";("\\l ::part.q";"export:([f])")]
modFile["r1/part.q";enlist"f:{x+1000}"]
(use`r1)[`f]1 / 1001
.m.r1.f 1 / 1001
/ the context is the caller's again
system"d" / `.
/ an error while loading leaves the module to be loaded again
modFile["bad.q";("export:([x:1])";"'`broken")]
use`bad / 'broken
modFile["bad.q";enlist"export:([x:2])"]
(use`bad)`x / 2
system"rm -r ",modDir
