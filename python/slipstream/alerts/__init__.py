"""
Alerts after they were raised: what people do about them (`desk`), and who is told (`router`, `channels`). How an alert stands is computed
in q (`q/alert.q`); what is done becomes a row of `alertlog`, through the tickerplant.
"""
