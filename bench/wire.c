// Clients for bench/brokers.py that cost little beside the servers they measure, and a forwarder of bytes as the practical limit.
//
//   wire fwd PORT SUBPORT N               takes N subscribers, then one publisher; what is read goes to every subscriber
//   wire pub PROTO PORT N RATE CHUNK      N messages: flat out in writes of CHUNK, or RATE a second with a write each; prints when it began and ended
//   wire sub PROTO PORT N                 prints "ready", then when the last of N came, and microseconds from stamp to here: p50 p99 p99.9
//
// PROTO: tcp, nats (JetStream), redis (Streams), q (the tickerplant's table trade). Messages carry a number and the time of sending; a subscriber
// fails unless they come complete and in order. Times are nanoseconds since 2000, as q's. Everything is on 127.0.0.1. Little-endian machines only.
// A publisher of nats or redis has ended when the server has acknowledged everything, one of q when the tickerplant answers a request after it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 100, SUBSCRIBERS = 64 };
static const long WINDOW = 8192;        // messages that may wait for their acknowledgement
static const int64_t EPOCH = 946684800; // 2000-01-01 in Unix seconds

static _Noreturn void die(const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  fputs("wire: ", stderr);
  vfprintf(stderr, format, rest);
  va_end(rest);
  fputc('\n', stderr);
  exit(1);
}

static void *memory(void *old, size_t size) {
  void *found = realloc(old, size);
  if (!found) die("no memory for %zu bytes", size);
  return found;
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (t.tv_sec - EPOCH) * 1000000000 + t.tv_nsec;
}

static void pause_ms(long ms) {
  nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

// ---- sockets

static struct sockaddr_in local(int port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int prompt(int fd) {
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  return fd;
}

// a server that starts may take a while to listen
static int dial(int port) {
  struct sockaddr_in to = local(port);
  for (int tries = 0; tries < 1500; tries++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) die("socket: %s", strerror(errno));
    if (!connect(fd, (struct sockaddr *)&to, sizeof to)) return prompt(fd);
    close(fd);
    pause_ms(20);
  }
  die("nothing listens on port %d", port);
}

static int listening(int port) {
  struct sockaddr_in at = local(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, SUBSCRIBERS)) die("port %d: %s", port, strerror(errno));
  return fd;
}

static void put(int fd, const void *bytes, size_t count) {
  for (const char *from = bytes; count;) {
    ssize_t done = send(fd, from, count, MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) die("send: %s", strerror(errno));
    from += done, count -= (size_t)done;
  }
}

static void say(int fd, const char *text) { put(fd, text, strlen(text)); }

// ---- what comes in: bytes from..to of a buffer that grows, and when the last of them came

struct reader {
  int fd;
  char *bytes;
  size_t size, from, to;
  int64_t at;
};

static struct reader reader(int fd) { return (struct reader){.fd = fd, .bytes = memory(NULL, 1 << 20), .size = 1 << 20}; }

// reads once; 0 when nothing waits (flags: MSG_DONTWAIT)
static size_t fill(struct reader *r, int flags) {
  if (r->from) memmove(r->bytes, r->bytes + r->from, r->to -= r->from), r->from = 0;
  if (r->to == r->size) r->bytes = memory(r->bytes, r->size *= 2);
  ssize_t got;
  do got = recv(r->fd, r->bytes + r->to, r->size - r->to, flags);
  while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  if (got < 0) die("receive: %s", strerror(errno));
  if (!got) die("the server closed the connection");
  r->to += (size_t)got;
  r->at = now();
  return (size_t)got;
}

// the next bytes, valid until more are read
static char *take(struct reader *r, size_t count) {
  while (r->to - r->from < count) fill(r, 0);
  r->from += count;
  return r->bytes + r->from - count;
}

// the next line without its end
static char *line(struct reader *r) {
  size_t seen = 0;
  char *end;
  while (!(end = memchr(r->bytes + r->from + seen, '\n', r->to - r->from - seen))) {
    seen = r->to - r->from;
    fill(r, 0);
  }
  char *start = r->bytes + r->from;
  r->from = (size_t)(end - r->bytes) + 1;
  end[end > start && end[-1] == '\r' ? -1 : 0] = 0;
  return start;
}

// ---- NATS and its JetStream: a stream `s` in files that keeps the subject `t`

// the payload of the next message; answers pings, which a server sends now and then
static char *nats_message(struct reader *r, size_t *count) {
  for (;;) {
    char *head = line(r);
    if (!strncmp(head, "MSG ", 4)) {
      *count = strtoul(strrchr(head, ' ') + 1, NULL, 10);
      return take(r, *count + 2);
    }
    if (!strcmp(head, "PING"))
      say(r->fd, "PONG\r\n");
    else if (!strncmp(head, "-ERR", 4))
      die("nats: %s", head);
  }
}

static struct reader nats(int port) {
  struct reader r = reader(dial(port));
  line(&r);
  say(r.fd, "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\",\"version\":\"1\",\"name\":\"wire\"}\r\nPING\r\n");
  while (strcmp(line(&r), "PONG"))
    ;
  return r;
}

static void nats_request(struct reader *r, const char *inbox, const char *subject, const char *body) {
  char head[512];
  snprintf(head, sizeof head, "PUB $JS.API.%s %s %zu\r\n", subject, inbox, strlen(body));
  say(r->fd, head), say(r->fd, body), say(r->fd, "\r\n");
  size_t count;
  char *answer = nats_message(r, &count);
  answer[count] = 0;
  if (strstr(answer, "\"error\"")) die("nats: %s", answer);
}

// a consumer that the stream pushes to from its first message on, without acknowledgements, gone with the connection
static struct reader nats_subscribed(int port) {
  struct reader r = nats(port);
  char text[512], inbox[32];
  snprintf(inbox, sizeof inbox, "inbox.%d", getpid());
  snprintf(text, sizeof text, "SUB %s 1\r\nSUB feed.%d 2\r\n", inbox, getpid());
  say(r.fd, text);
  nats_request(&r, inbox, "STREAM.CREATE.s", "{\"name\":\"s\",\"subjects\":[\"t\"],\"storage\":\"file\",\"retention\":\"limits\",\"num_replicas\":1}");
  snprintf(text, sizeof text, "{\"stream_name\":\"s\",\"config\":{\"deliver_subject\":\"feed.%d\",\"deliver_policy\":\"all\",\"ack_policy\":\"none\",\"replay_policy\":\"instant\"}}", getpid());
  nats_request(&r, inbox, "CONSUMER.CREATE.s", text);
  return r;
}

// ---- the q protocol

static struct reader q(int port) {
  struct reader r = reader(dial(port));
  put(r.fd, ":\3", 3);
  take(&r, 1);
  return r;
}

struct bytes {
  char *at;
  size_t count;
};

static void add(struct bytes *b, const void *more, size_t count) {
  b->at = memory(b->at, b->count + count);
  memcpy(b->at + b->count, more, count);
  b->count += count;
}

static void add_symbol(struct bytes *b, const char *text) {
  add(b, "\xf5", 1);
  add(b, text, strlen(text) + 1);
}

// an atom of eight bytes; returns where they are
static size_t add_atom(struct bytes *b, int type, const void *value) {
  char code = (char)-type;
  add(b, &code, 1);
  add(b, value, 8);
  return b->count - 8;
}

static void add_list(struct bytes *b, uint32_t count) {
  add(b, "\0\0", 2);
  add(b, &count, 4);
}

// kind: 0 asynchronous, 1 a request
static struct bytes q_message(char kind) {
  struct bytes b = {0};
  add(&b, (char[]){1, kind, 0, 0, 0, 0, 0, 0}, 8);
  return b;
}

static void q_send(int fd, struct bytes *b) {
  memcpy(b->at + 4, &(uint32_t){(uint32_t)b->count}, 4);
  put(fd, b->at, b->count);
}

// what follows the head of the next message of that kind
static char *q_receive(struct reader *r, char kind, size_t *count) {
  for (;;) {
    uint32_t total;
    char head[8];
    memcpy(head, take(r, 8), 8);
    memcpy(&total, head + 4, 4);
    if (head[0] != 1 || head[2] || total < 9) die("q: a message of an order or compression that was not asked for");
    char *body = take(r, *count = total - 8);
    if (body[0] == (char)-128) die("q: the answer is an error: %.*s", (int)*count - 1, body + 1);
    if (head[1] == kind) return body;
  }
}

static struct reader q_subscribed(int port) {
  struct reader r = q(port);
  struct bytes b = q_message(1);
  add_list(&b, 3);
  add_symbol(&b, ".u.sub"), add_symbol(&b, "trade"), add_symbol(&b, "");
  q_send(r.fd, &b);
  size_t count;
  q_receive(&r, 2, &count);
  return r;
}

static const char *after_symbol(const char *at, const char *end) {
  const char *zero = memchr(at, 0, (size_t)(end - at));
  if (!zero) die("q: a symbol without an end");
  return zero + 1;
}

// steps over a vector; returns its items and says how many
static const char *q_vector(const char **at, const char *end, uint32_t *count) {
  int type = **at;
  memcpy(count, *at + 2, 4);
  const char *items = *at + 6;
  size_t width = type == 7 || type == 9 || type == 12 ? 8 : 0;
  if (!width && type != 11) die("q: a column of type %d in trade", type);
  *at = items + width * *count;
  if (type == 11)
    for (uint32_t i = 0; i < *count; i++) *at = after_symbol(*at, end);
  if (*at > end) die("q: a message is shorter than it says");
  return items;
}

// ---- Redis

static long redis_count(struct reader *r, char mark) {
  char *text = line(r);
  if (text[0] != mark) die("redis: %s", text);
  return strtol(text + 1, NULL, 10);
}

static char *redis_text(struct reader *r) {
  size_t count = (size_t)redis_count(r, '$');
  char *text = take(r, count + 2);
  text[count] = 0;
  return text;
}

// ---- subscribers

struct seen {
  long wanted, got;
  int64_t *late, last;
};

static void note(struct seen *s, int64_t number, int64_t stamp, int64_t at) {
  if (number != s->got || s->got == s->wanted) die("message %ld came where %ld of %ld was due", (long)number, s->got, s->wanted);
  s->late[s->got++] = at - stamp;
  s->last = at;
}

static void note_payload(struct seen *s, const char *payload, int64_t at) {
  int64_t number, stamp;
  memcpy(&number, payload, 8);
  memcpy(&stamp, payload + 8, 8);
  note(s, number, stamp, at);
}

static void from_redis(struct reader *r, struct seen *s) {
  char id[64] = "0", text[256];
  while (s->got < s->wanted) {
    snprintf(text, sizeof text, "*8\r\n$5\r\nXREAD\r\n$5\r\nCOUNT\r\n$4\r\n1000\r\n$5\r\nBLOCK\r\n$1\r\n0\r\n$7\r\nSTREAMS\r\n$1\r\ns\r\n$%zu\r\n%s\r\n", strlen(id), id);
    say(r->fd, text);
    redis_count(r, '*'), redis_count(r, '*'), redis_text(r);
    for (long left = redis_count(r, '*'); left; left--) {
      redis_count(r, '*');
      snprintf(id, sizeof id, "%s", redis_text(r));
      redis_count(r, '*'), redis_text(r);
      note_payload(s, redis_text(r), r->at);
    }
  }
}

static void from_nats(struct reader *r, struct seen *s) {
  while (s->got < s->wanted) {
    size_t count;
    char *payload = nats_message(r, &count);
    if (count != PAYLOAD) die("nats: %zu bytes where a message was due", count);
    note_payload(s, payload, r->at);
  }
}

// (`upd;`trade;table): the last two columns are the stamp (etime) and the number (seq)
static void from_q(struct reader *r, struct seen *s) {
  while (s->got < s->wanted) {
    size_t count;
    const char *at = q_receive(r, 0, &count), *end = at + count;
    at = after_symbol(after_symbol(at + 6, end), end);
    if (at[0] != 98) die("q: an update that is not a table");
    uint32_t columns, rows;
    at += 3;
    q_vector(&at, end, &columns);
    const char *stamps = NULL, *numbers = NULL;
    at += 6;
    for (uint32_t i = 0; i < columns; i++) stamps = numbers, numbers = q_vector(&at, end, &rows);
    for (uint32_t i = 0; i < rows; i++) {
      int64_t number, stamp;
      memcpy(&number, numbers + 8 * i, 8);
      memcpy(&stamp, stamps + 8 * i, 8);
      note(s, number, stamp, r->at);
    }
  }
}

static void from_tcp(struct reader *r, struct seen *s) {
  while (s->got < s->wanted) {
    char *payload = take(r, PAYLOAD);
    note_payload(s, payload, r->at);
  }
}

static int by_size(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int subscribe(const char *protocol, int port, long n) {
  struct seen s = {.wanted = n, .late = memory(NULL, (size_t)n * 8)};
  char p = protocol[0];
  struct reader r = p == 'n' ? nats_subscribed(port) : p == 'q' ? q_subscribed(port) : reader(dial(port));
  puts("ready");
  fflush(stdout);
  (p == 'n' ? from_nats : p == 'q' ? from_q : p == 'r' ? from_redis : from_tcp)(&r, &s);
  qsort(s.late, (size_t)n, 8, by_size);
  double share[] = {.5, .99, .999};
  printf("%lld", (long long)s.last);
  for (int i = 0; i < 3; i++) printf(" %.1f", (double)s.late[(long)(share[i] * (double)(n - 1))] / 1e3);
  puts("");
  return 0;
}

// ---- publishers

// a message with the places of what changes from one to the next
struct frame {
  struct bytes b;
  size_t number, stamp[2];
};

static struct frame frame(const char *protocol) {
  struct frame f = {0};
  char filler[PAYLOAD];
  memset(filler, 'x', sizeof filler);
  if (protocol[0] == 'q') {
    double hundred = 100;
    f.b = q_message(0);
    add_list(&f.b, 3);
    add_symbol(&f.b, ".u.upd"), add_symbol(&f.b, "trade");
    add_list(&f.b, 9);
    f.stamp[0] = add_atom(&f.b, 12, filler);
    add_symbol(&f.b, "S0"), add_symbol(&f.b, "V");
    add_atom(&f.b, 9, &hundred), add_atom(&f.b, 9, &hundred);
    add_symbol(&f.b, "buy"), add_symbol(&f.b, "");
    f.stamp[1] = add_atom(&f.b, 12, filler);
    f.number = add_atom(&f.b, 7, filler);
    memcpy(f.b.at + 4, &(uint32_t){(uint32_t)f.b.count}, 4);
    return f;
  }
  const char *head = protocol[0] == 'n' ? "PUB t inbox.0 100\r\n" : protocol[0] == 'r' ? "*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\nm\r\n$100\r\n" : "";
  add(&f.b, head, strlen(head));
  f.number = f.b.count;
  f.stamp[0] = f.stamp[1] = f.b.count + 8;
  add(&f.b, filler, sizeof filler);
  if (*head) add(&f.b, "\r\n", 2);
  return f;
}

// how many messages the server acknowledges in what is there to read (flags: MSG_DONTWAIT, or 0 to wait for something)
static long acknowledged(struct reader *r, int flags) {
  long found = 0;
  if (!fill(r, flags)) return 0;
  for (char *end; (end = memchr(r->bytes + r->from, '\n', r->to - r->from));) {
    char *text = line(r);
    if (text[0] == '-' || !strncmp(text, "{\"error\"", 8)) die("refused: %s", text);
    if (!strcmp(text, "PING")) say(r->fd, "PONG\r\n");
    found += text[0] == '{' || (text[0] >= '0' && text[0] <= '9');
  }
  return found;
}

static int publish(const char *protocol, int port, long n, double rate, long chunk) {
  char p = protocol[0];
  struct reader r = p == 'n' ? nats(port) : p == 'q' ? q(port) : reader(dial(port));
  if (p == 'n') say(r.fd, "SUB inbox.0 1\r\n");
  int answered = p == 'n' || p == 'r';
  struct frame f = frame(protocol);
  if (rate > 0) chunk = 1;
  char *block = memory(NULL, f.b.count * (size_t)chunk);
  for (long i = 0; i < chunk; i++) memcpy(block + (size_t)i * f.b.count, f.b.at, f.b.count);
  int64_t began = now();
  long sent = 0, asked = 0, acks = 0;
  while (sent < n) {
    long due = rate > 0 ? 1 + (long)((double)(now() - began) * 1e-9 * rate) : n;
    if (due > n) due = n;
    while (sent < due) {
      long k = due - sent < chunk ? due - sent : chunk;
      while (answered && sent + k - acks > WINDOW) acks += acknowledged(&r, 0);
      int64_t stamp = now();
      for (long i = 0; i < k; i++) {
        char *at = block + (size_t)i * f.b.count;
        memcpy(at + f.number, &(int64_t){sent + i}, 8);
        memcpy(at + f.stamp[0], &stamp, 8);
        memcpy(at + f.stamp[1], &stamp, 8);
      }
      put(r.fd, block, f.b.count * (size_t)k);
      sent += k;
      if (answered && sent - asked >= 100) acks += acknowledged(&r, MSG_DONTWAIT), asked = sent;
    }
    if (rate > 0 && sent < n) pause_ms(1);
  }
  while (answered && acks < n) acks += acknowledged(&r, 0);
  if (p == 'q') {
    struct bytes b = q_message(1);
    add(&b, "\12\0\0\0\0\0", 6);
    size_t count;
    q_send(r.fd, &b);
    q_receive(&r, 2, &count);
  }
  printf("%lld %lld\n", (long long)began, (long long)now());
  return 0;
}

// ---- the forwarder

static int forward(int port, int subport, int n) {
  static char block[1 << 16];
  int to[SUBSCRIBERS], pubs = listening(port), subs = listening(subport);
  if (n > SUBSCRIBERS) die("more than %d subscribers", SUBSCRIBERS);
  for (int i = 0; i < n; i++)
    if ((to[i] = accept(subs, NULL, NULL)) < 0) die("accept: %s", strerror(errno));
    else prompt(to[i]);
  int from = accept(pubs, NULL, NULL);
  if (from < 0) die("accept: %s", strerror(errno));
  for (ssize_t got; (got = recv(from, block, sizeof block, 0)) > 0;)
    for (int i = 0; i < n; i++) put(to[i], block, (size_t)got);
  return 0;
}

int main(int count, char **words) {
  const char *role = count > 1 ? words[1] : "";
  if (!strcmp(role, "fwd") && count == 5) return forward(atoi(words[2]), atoi(words[3]), atoi(words[4]));
  if (!strcmp(role, "pub") && count == 7) return publish(words[2], atoi(words[3]), atol(words[4]), atof(words[5]), atol(words[6]));
  if (!strcmp(role, "sub") && count == 5) return subscribe(words[2], atoi(words[3]), atol(words[4]));
  die("expected fwd PORT SUBPORT N, pub PROTO PORT N RATE CHUNK or sub PROTO PORT N");
}
