// What became of alerts: what people did about them, and whom they were sent to. A row is never changed or taken back; q/alert.q makes of
// the rows of alert and of these how each alert stands.

/ alert is .alert.id of the alert; sym, parent and lamp are its own. action is ack, snooze, note or reopen (who: the user, via: page, api or cli), or
/ sent or failed (who: the recipient, via: the channel). tier is the step of the escalation that was told, 0 the first; until is the end of a snooze.
/ The note of sent and failed begins with the name of the message (.alert.due).
/ time is the plant's clock, as of all tables; at is when it happened by the clock of the machine that took it (the two differ in a replay)
alertlog:([]time:`timestamp$();sym:`symbol$();alert:`symbol$();parent:`symbol$();lamp:`symbol$();action:`symbol$();who:`symbol$();via:`symbol$();
  tier:`long$();until:`timestamp$();at:`timestamp$();note:())
