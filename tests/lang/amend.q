/ the whole of a variable: it need not exist
.[`amNew;();:;1 2] / `amNew
amNew / 1 2
(.[;();:;].)each((`amOne;([]a:1 2));(`amTwo;3)) / `amOne`amTwo
amOne / ([]a:1 2)
amTwo / 3
.[`amNever;();+;1] / 'amNever
