/ what reval may reach: ref/eval.md, basics/cmdline.md -u and -b
reval(+;1;2) / 3
reval(set;enlist`reachx;1) / 'noupdate
reval(get;enlist`:/etc/passwd) / 'access: /etc/passwd
reval(read0;enlist`:/etc/passwd) / 'access: /etc/passwd
reval(read1;enlist`:../x) / 'access: ../x
reval(key;enlist`:/) / 'access: /
reval(hcount;enlist`:/etc/passwd) / 'access: /etc/passwd
reval(hopen;enlist`:somefile) / 'access: somefile
reval(hdel;enlist`:somefile) / 'access: somefile
reval(set;enlist`:somefile;1) / 'noupdate
reval(exit;3) / 'access
reval parse"exit 0" / 'access
