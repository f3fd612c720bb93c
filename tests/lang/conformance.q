/ what the sessions of the documentation show and no other file here tests
/ iterators: case takes dictionaries by their values
0 2 0'[`a`b`c!"abc";"xyz";"123";`a`b`c!"789"] / "a2c"
0 2 0'[`a`b`c!"abc";"xyz";"123";`a`b!"78"] / 'length
0 2 0'[`a`b`c!"abc";"xyz";"123";`b`a`c!"789"] / 'domain
/ what is left out of a function of three or more arguments makes a projection
type ssr["hello";"l"] / 104h
ssr["hello";"l"]["L"] / "heLLo"
type aj[`sym`time] / 104h
/ empty statements in a parse tree
parse";select from t" / (";";::;(?;`t;();0b;()))
parse";;;;a" / (";";::;::;::;::;`a)
/ a dictionary is not updated by groups; a list is no key of a table of one key
d:`a`b!1 2
update a by b from d / 'type
kt:([s:`a`b]v:1 2)
kt`a`b / 'length
kt([]s:`a`b) / ([]v:1 2)
/ .q holds what q adds to k
`like in key`.q / 0b
.q?`like / `
.q?parse["not x"]0 / `not
/ s# on a table
-8!`s#([]a:enlist 2i;b:enlist 3i) / 0x010000002f0000006201630b0002000000610062000000020000000603010000000200000006000100000003000000
-8!`s#([a:enlist 2i]b:enlist 3i) / 0x010000003f0000007f6201630b00010000006100000001000000060001000000020000006200630b0001000000620000000100000006000100000003000000
attr`s#([]a:1 2;b:3 4) / `s
attr key`s#([a:1 2]b:3 4) / `s
-9!-8!`s#([a:1 2]b:3 4) / `s#([a:1 2]b:3 4)
/ 0: straight before a name or a null
count parse"a 0:0N!b" / 3
3[::] / 'type
