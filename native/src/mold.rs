//! MoldUDP64: numbered messages in datagrams, the same on two lines, with what both lost asked for again.

use std::collections::BTreeMap;

/// Session of 10 bytes, number of the first message in 8, how many in 2.
pub const HEADER: usize = 20;
/// As how many: the session has ended.
pub const END: u16 = 0xFFFF;

/// Waits of an arbiter, ns; see `slipstream.feed.itch.mold.Patience`.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub first: i64,
    pub retry: i64,
    pub longest: i64,
    pub tries: u32,
    pub session: i64,
    /// Bytes kept that came before what is missing.
    pub window: usize,
}

/// What came on the lines and by request; see `slipstream.feed.itch.mold.Line`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub packets: u64,
    pub heartbeats: u64,
    pub duplicates: u64,
    pub malformed: u64,
    pub foreign: u64,
    pub dropped: u64,
    pub requests: u64,
    pub gaps: u64,
    pub lost: u64,
}

/// Something to be counted and put away: a bad packet, or messages that are lost.
#[derive(Debug)]
pub struct Told {
    pub position: u64,
    pub reason: String,
    pub data: Vec<u8>,
}

/// Messages in order: bytes, and of each where it begins, its bytes, number, and when it came.
#[derive(Debug, Default)]
pub struct Ready {
    pub data: Vec<u8>,
    pub offsets: Vec<i64>,
    pub sizes: Vec<i64>,
    pub seqs: Vec<i64>,
    pub received: Vec<i64>,
}

/// A packet that came before what is missing.
#[derive(Debug)]
struct Part {
    body: Vec<u8>,
    count: u16,
    moment: i64,
}

/// Puts packets in order.
#[derive(Debug)]
pub struct Arbiter {
    pub counters: Counters,
    pub told: Vec<Told>,
    pub ended: bool,
    asks: bool,
    /// The first session is followed from the first packet that comes, and what was before it is not missed.
    pub joins: bool,
    patience: Patience,
    session: Option<[u8; 10]>,
    /// Number of the next message, 0 before any packet.
    expected: u64,
    /// Number after the last message that is known to exist.
    top: u64,
    /// Number after the session's last message.
    over: Option<u64>,
    heard: i64,
    held: BTreeMap<u64, Part>,
    held_bytes: usize,
    ready: Ready,
    due: Option<i64>,
    tries: u32,
}

impl Arbiter {
    /// `asks`: whether there is a server for requests. Then the session is followed from its first message on, else from the first
    /// packet that comes.
    pub fn new(asks: bool, patience: Patience) -> Self {
        Self {
            counters: Counters::default(),
            told: Vec::new(),
            ended: false,
            asks,
            joins: false,
            patience,
            session: None,
            expected: 0,
            top: 0,
            over: None,
            heard: 0,
            held: BTreeMap::new(),
            held_bytes: 0,
            ready: Ready::default(),
            due: None,
            tries: 0,
        }
    }

    pub fn session(&self) -> &[u8] {
        self.session.as_ref().map_or(&[], |name| name)
    }

    /// Number of the next message.
    pub fn expected(&self) -> u64 {
        self.expected
    }

    /// When `act` has something to do; None while nothing is missing.
    pub fn due(&self) -> Option<i64> {
        self.due
    }

    /// Take a packet that came at a moment, ns, by whatever line.
    pub fn packet(&mut self, data: &[u8], moment: i64) {
        self.counters.packets += 1;
        let Some((header, body)) = data.split_first_chunk::<HEADER>() else { return self.malformed(0, data) };
        let (mut session, mut seq) = ([0; 10], [0; 8]);
        session.copy_from_slice(&header[..10]);
        seq.copy_from_slice(&header[10..18]);
        let seq = u64::from_be_bytes(seq);
        let count = u16::from_be_bytes([header[18], header[19]]);
        if Some(session) != self.session && !self.switch(session, moment) {
            self.counters.foreign += 1;
            return;
        }
        self.heard = moment;
        if self.expected == 0 {
            self.expected = if self.asks && !self.joins { 1 } else { seq };
            if seq > 1 && !self.asks && !self.joins {
                let missing = seq - 1;
                self.gap(1, missing, format!("gap: {missing} messages before the first packet"));
            }
            self.top = self.expected;
        }
        let after = seq.saturating_add(u64::from(count));
        if count == 0 || count == END {
            if !body.is_empty() {
                return self.malformed(seq, data);
            }
            self.counters.heartbeats += 1;
            self.top = self.top.max(seq);
            if count == END {
                self.over = Some(seq);
            }
        } else if after <= self.expected {
            self.counters.duplicates += 1;
            return;
        } else if !whole(body, count) {
            return self.malformed(seq, data);
        } else {
            self.top = self.top.max(after);
            self.place(seq, count, body, moment);
        }
        self.look(moment);
    }

    /// What to send to the server for requests at a moment at which something is due, the number of the first message and how many;
    /// what is given up is told.
    pub fn act(&mut self, now: i64) -> Option<(u64, u16)> {
        if self.due.is_none_or(|due| now < due) {
            return None;
        }
        if self.tries >= if self.asks { self.patience.tries } else { 1 } {
            self.give_up(now);
            return None;
        }
        let wait = self.patience.retry.saturating_mul(1_i64.checked_shl(self.tries.min(62)).unwrap_or(i64::MAX));
        self.tries += 1;
        self.due = Some(now.saturating_add(wait.min(self.patience.longest)));
        if !self.asks {
            return None;
        }
        self.counters.requests += 1;
        Some((self.expected, self.missing().min(u64::from(END - 1)) as u16))
    }

    /// Messages that are in order, if there are any.
    pub fn take(&mut self) -> Option<Ready> {
        (!self.ready.offsets.is_empty()).then(|| std::mem::take(&mut self.ready))
    }

    fn malformed(&mut self, position: u64, data: &[u8]) {
        self.counters.malformed += 1;
        self.told.push(Told { position, reason: "packet: no MoldUDP64 packet".to_owned(), data: data.to_vec() });
    }

    fn gap(&mut self, position: u64, missing: u64, reason: String) {
        self.counters.gaps += 1;
        self.counters.lost = self.counters.lost.saturating_add(missing);
        self.told.push(Told { position, reason, data: Vec::new() });
    }

    /// Whether to follow another session from now on.
    fn switch(&mut self, session: [u8; 10], moment: i64) -> bool {
        if self.session.is_some() && !self.ended && moment.saturating_sub(self.heard) < self.patience.session {
            return false;
        }
        self.joins &= self.session.is_none();
        // what waits came all the same, and what is missing of the session before is missing now
        while self.expected < self.top {
            self.give_up(moment);
        }
        self.session = Some(session);
        self.ended = false;
        self.over = None;
        (self.expected, self.top) = (0, 0);
        self.held.clear();
        self.held_bytes = 0;
        (self.due, self.tries) = (None, 0);
        true
    }

    /// Put a packet where it belongs.
    fn place(&mut self, seq: u64, count: u16, body: &[u8], moment: i64) {
        if seq <= self.expected {
            self.deliver(seq, count, body, moment);
            return self.follow();
        }
        let known = self.held.get(&seq);
        if known.is_some_and(|known| known.count >= count) {
            self.counters.duplicates += 1;
        } else if self.held_bytes + body.len() + HEADER > self.patience.window {
            self.counters.dropped += 1;
        } else {
            self.held_bytes += body.len() + HEADER;
            let part = Part { body: body.to_vec(), count, moment };
            if let Some(before) = self.held.insert(seq, part) {
                self.held_bytes -= before.body.len() + HEADER;
            }
        }
    }

    /// Packets that waited and whose turn it is.
    fn follow(&mut self) {
        while self.held.first_key_value().is_some_and(|(seq, _)| *seq <= self.expected) {
            let Some((seq, part)) = self.held.pop_first() else { return };
            self.held_bytes -= part.body.len() + HEADER;
            if seq.saturating_add(u64::from(part.count)) > self.expected {
                self.deliver(seq, part.count, &part.body, part.moment);
            }
        }
    }

    /// Messages of a packet from the one that is expected on.
    fn deliver(&mut self, seq: u64, count: u16, body: &[u8], moment: i64) {
        let skip = (self.expected - seq) as usize;
        self.expected = seq.saturating_add(u64::from(count));
        let base = self.ready.data.len();
        self.ready.data.extend_from_slice(body);
        for (number, (at, size)) in messages(body).enumerate().skip(skip) {
            self.ready.offsets.push((base + at) as i64);
            self.ready.sizes.push(size as i64);
            self.ready.seqs.push(seq.wrapping_add(number as u64) as i64);
            self.ready.received.push(moment);
        }
        // an answer came: what is missing behind it is asked for at once
        if self.tries > 0 {
            (self.tries, self.due) = (0, Some(moment));
        }
    }

    /// How many messages are missing before the next that is there.
    fn missing(&self) -> u64 {
        self.held.first_key_value().map_or(self.top, |(seq, _)| *seq).saturating_sub(self.expected)
    }

    /// Whether something is missing, and whether the session is over.
    fn look(&mut self, now: i64) {
        if self.expected >= self.top {
            (self.due, self.tries) = (None, 0);
            self.ended = self.over.is_some_and(|over| self.expected >= over);
        } else if self.due.is_none() {
            self.due = Some(now.saturating_add(if self.asks { self.patience.first } else { 0 }));
        }
    }

    fn give_up(&mut self, now: i64) {
        let missing = self.missing();
        self.gap(self.expected, missing, format!("gap: {missing} messages did not come"));
        self.expected = self.expected.saturating_add(missing);
        (self.due, self.tries) = (None, 0);
        self.follow();
        self.look(now);
    }
}

/// Where messages begin in the body of a packet, and their bytes; the last may end behind it.
fn messages(body: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let length = body.get(at..at + 2)?;
        let size = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let found = (at + 2, size);
        at += 2 + size;
        Some(found)
    })
}

/// Whether a body is so many messages and nothing else.
fn whole(body: &[u8], count: u16) -> bool {
    let (mut found, mut end) = (0_usize, 0);
    for (at, size) in messages(body).take(usize::from(count)) {
        (found, end) = (found + 1, at + size);
    }
    found == usize::from(count) && end == body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience =
        Patience { first: 2, retry: 50, longest: 1_000, tries: 2, session: 5_000, window: 1_000 };

    fn packet(seq: u64, count: u16, body: &[u8]) -> Vec<u8> {
        [b"SESSION001".as_slice(), &seq.to_be_bytes(), &count.to_be_bytes(), body].concat()
    }

    #[test]
    fn what_is_missing_is_waited_for_asked_for_and_given_up() {
        let mut arbiter = Arbiter::new(true, PATIENCE);
        arbiter.packet(&packet(1, 2, b"\0\x01A\0\x02BC"), 0);
        arbiter.packet(&packet(4, 1, b"\0\x01D"), 1);
        arbiter.packet(&packet(4, 1, b"\0\x01D"), 1);
        assert_eq!(arbiter.due(), Some(3));
        assert_eq!(arbiter.act(2), None);
        assert_eq!(arbiter.act(3), Some((3, 1)));
        assert_eq!(arbiter.act(53), Some((3, 1)));
        assert_eq!(arbiter.act(153), None);
        let ready = arbiter.take().expect("three messages");
        assert_eq!((ready.seqs, ready.sizes), (vec![1, 2, 4], vec![1, 2, 1]));
        assert_eq!((arbiter.counters.lost, arbiter.counters.duplicates, arbiter.expected()), (1, 1, 5));
        arbiter.packet(&packet(5, END, b""), 200);
        assert!(arbiter.ended);
    }

    #[test]
    fn what_waits_when_another_session_begins_is_not_lost() {
        let mut arbiter = Arbiter::new(true, PATIENCE);
        arbiter.packet(&packet(1, 1, b"\0\x01A"), 0);
        arbiter.packet(&packet(4, 1, b"\0\x01D"), 1);
        arbiter.packet(&packet(8, 0, b""), 2);
        let mut other = packet(1, 1, b"\0\x01a");
        other[9] = b'2';
        arbiter.packet(&other, 5_002);
        let ready = arbiter.take().expect("three messages");
        assert_eq!((ready.seqs, ready.sizes), (vec![1, 4, 1], vec![1, 1, 1]));
        // 2, 3 and 5 to 7
        assert_eq!((arbiter.counters.gaps, arbiter.counters.lost, arbiter.expected()), (2, 5, 2));
        assert_eq!(arbiter.told.iter().map(|each| each.position).collect::<Vec<_>>(), [2, 5]);
        assert_eq!((arbiter.session(), arbiter.due()), (b"SESSION002".as_slice(), None));
    }

    #[test]
    fn bodies_are_so_many_messages_and_nothing_else() {
        let mut arbiter = Arbiter::new(true, PATIENCE);
        for body in [b"".as_slice(), b"\0", b"\0\x02A", b"\0\x01A\0", b"\0\x01A\0\x01B"] {
            arbiter.packet(&packet(1, 1, body), 0);
        }
        arbiter.packet(b"short", 0);
        assert_eq!((arbiter.counters.malformed, arbiter.told.len()), (6, 6));
        assert!(arbiter.take().is_none());
    }
}
