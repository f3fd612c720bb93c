// The practical limit: the eight queries of bench/queries.py by hand, over columns in memory, symbols as small integers, dense accumulators,
// output buffers that are there before. It knows the data (time order, 500 symbols, one session) and is no engine.
//
//   cc -O3 -march=native -fopenmp bench/kernel.c -o kernel -lm
//   kernel FOLDER RUNS THREADS OPEN FROM TO      one line of JSON a query: name, ms of each run, rows, sum of the floats
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SYMS = 512, NAMED = 7, MOST = 64, SECONDS = 23400 };
static const int64_t SECOND = 1000000000;

typedef struct { int64_t n, *time; uint16_t *sym; double *bid, *ask, *bsize, *asize; } Quotes;
typedef struct { int64_t n, *time; uint16_t *sym; double *price, *size, *side; } Trades;
typedef struct { int64_t rows; double sum; } Answer;

static Quotes Q;
static Trades T;
static int64_t *place, first[SYMS + 1];  // rows of Q by symbol: what g# is
static int64_t from, to, start;
static int threads;
static int64_t *row;
static double *out[4], *cells;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return 1e3 * t.tv_sec + 1e-6 * t.tv_nsec; }

static int64_t *longs(const char *folder, const char *name, int64_t *n) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.bin", folder, name);
  FILE *f = fopen(path, "rb");
  if (!f) { perror(path); exit(2); }
  fseek(f, 0, SEEK_END);
  *n = ftell(f) / 8;
  rewind(f);
  int64_t *v = malloc(*n * 8);
  if (!v || fread(v, 8, *n, f) != (size_t)*n) { perror(path); exit(2); }
  fclose(f);
  return v;
}
static uint16_t *symbols(const char *folder, const char *name, int64_t *n) {
  int64_t *v = longs(folder, name, n);
  uint16_t *s = malloc(*n * sizeof *s);
  for (int64_t i = 0; i < *n; i++) s[i] = (uint16_t)v[i];
  free(v);
  return s;
}
static double *floats(const char *folder, const char *name, int64_t *n) { return (double *)longs(folder, name, n); }
static double *whole(const char *folder, const char *name, int64_t *n) {
  int64_t *v = longs(folder, name, n);
  double *d = malloc(*n * sizeof *d);
  for (int64_t i = 0; i < *n; i++) d[i] = (double)v[i];
  free(v);
  return d;
}

// how many of the ascending t[0..n) are below x
static int64_t below(const int64_t *t, int64_t n, int64_t x) {
  int64_t lo = 0;
  while (n > 0) { int64_t half = n / 2; if (t[lo + half] < x) { lo += half + 1; n -= half + 1; } else n = half; }
  return lo;
}

// the last quote row of each symbol before row q: looks back until every symbol has been seen
static void before(int64_t q, int64_t *last) {
  int left = SYMS;
  for (int s = 0; s < SYMS; s++) last[s] = -1;
  while (q-- > 0 && left) if (last[Q.sym[q]] < 0) { last[Q.sym[q]] = q; left--; }
}

// the quote row in force at each trade: both sides are in time order, so one pass with the last row of each symbol
static void prevailing(void) {
#pragma omp parallel num_threads(threads)
  {
    int k = omp_get_thread_num();
    int64_t a = T.n * k / threads, b = T.n * (k + 1) / threads, last[SYMS];
    int64_t q = a < b ? below(Q.time, Q.n, T.time[a]) : 0;
    before(q, last);
    for (int64_t i = a; i < b; i++) {
      for (; q < Q.n && Q.time[q] <= T.time[i]; q++) last[Q.sym[q]] = q;
      row[i] = last[T.sym[i]];
    }
  }
}

static Answer asof(int check) {
  prevailing();
  const double *in[4] = {Q.bid, Q.ask, Q.bsize, Q.asize};
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t i = 0; i < T.n; i++)
    for (int c = 0; c < 4; c++) out[c][i] = row[i] < 0 ? NAN : in[c][row[i]];
  Answer a = {T.n, 0};
  if (check) for (int64_t i = 0; i < T.n; i++) a.sum += T.price[i] + (row[i] < 0 ? 0 : out[0][i] + out[1][i]);
  return a;
}

static Answer slippage(int check) {
  prevailing();
  double *sums = calloc((size_t)threads * SYMS * 2, sizeof *sums);
#pragma omp parallel num_threads(threads)
  {
    double *mine = sums + (size_t)omp_get_thread_num() * SYMS * 2;
#pragma omp for schedule(static)
    for (int64_t i = 0; i < T.n; i++) {
      if (row[i] < 0) continue;
      double mid = .5 * (Q.bid[row[i]] + Q.ask[row[i]]);
      mine[2 * T.sym[i]] += 1e4 * T.side[i] * (T.price[i] - mid) / mid;
      mine[2 * T.sym[i] + 1] += 1;
    }
  }
  Answer a = {0, 0};
  for (int s = 0; s < SYMS; s++) {
    double sum = 0, n = 0;
    for (int k = 0; k < threads; k++) { sum += sums[(k * SYMS + s) * 2]; n += sums[(k * SYMS + s) * 2 + 1]; }
    if (n > 0) { a.rows++; if (check) a.sum += sum / n; }
  }
  free(sums);
  return a;
}

static Answer vwap(int check) {
  double *sums = calloc((size_t)threads * SYMS * 2, sizeof *sums);
#pragma omp parallel num_threads(threads)
  {
    double *mine = sums + (size_t)omp_get_thread_num() * SYMS * 2;
#pragma omp for schedule(static)
    for (int64_t i = 0; i < T.n; i++) { mine[2 * T.sym[i]] += T.price[i] * T.size[i]; mine[2 * T.sym[i] + 1] += T.size[i]; }
  }
  Answer a = {0, 0};
  for (int s = 0; s < SYMS; s++) {
    double money = 0, size = 0;
    for (int k = 0; k < threads; k++) { money += sums[(k * SYMS + s) * 2]; size += sums[(k * SYMS + s) * 2 + 1]; }
    if (size > 0) { a.rows++; if (check) a.sum += money / size; }
  }
  free(sums);
  return a;
}

// calls `cell` with the accumulators of (bucket, symbol) for each trade; buckets are spread over threads, as time is ascending
#define BUCKETS(width, wide, body)                                                                       \
  int64_t n = SECONDS * SECOND / (width) + 1;                                                            \
  _Pragma("omp parallel num_threads(threads)") {                                                        \
    int k = omp_get_thread_num();                                                                        \
    int64_t b = n * k / threads, e = n * (k + 1) / threads;                                              \
    memset(cells + b * SYMS * (wide), 0, (e - b) * SYMS * (wide) * sizeof *cells);                       \
    int64_t i = below(T.time, T.n, start + b * (width)), end = below(T.time, T.n, start + e * (width)); \
    for (int64_t edge = start + (b + 1) * (width); i < end; i++) {                                       \
      while (T.time[i] >= edge) { b++; edge += (width); }                                                \
      double *c = cells + (b * SYMS + T.sym[i]) * (wide);                                                \
      body                                                                                               \
    }                                                                                                    \
  }

static Answer bars(int check) {
  BUCKETS(300 * SECOND, 2, { c[0] += T.price[i] * T.size[i]; c[1] += T.size[i]; })
  Answer a = {0, 0};
  if (check) for (int64_t x = 0; x < n * SYMS; x++) if (cells[2 * x + 1] > 0) { a.rows++; a.sum += cells[2 * x] / cells[2 * x + 1]; }
  return a;
}

static Answer last(int check) {
  int64_t at[SYMS];
  Answer a = {0, 0};
  before(Q.n, at);
  for (int s = 0; s < SYMS; s++) if (at[s] >= 0) { a.rows++; if (check) a.sum += Q.bid[at[s]] + Q.ask[at[s]]; }
  return a;
}

static Answer ohlc(int check) {
  BUCKETS(60 * SECOND, 4, {
    double p = T.price[i];
    if (c[0] == 0) c[0] = c[1] = c[2] = c[3] = p;
    if (p > c[1]) c[1] = p;
    if (p < c[2]) c[2] = p;
    c[3] = p;
  })
  Answer a = {0, 0};
  if (check) for (int64_t x = 0; x < n * SYMS; x++) if (cells[4 * x] > 0) { a.rows++; for (int k = 0; k < 4; k++) a.sum += cells[4 * x + k]; }
  return a;
}

// the first place of a symbol's rows at or after an instant
static int64_t seek(int s, int64_t t) {
  int64_t lo = first[s], n = first[s + 1] - lo;
  while (n > 0) { int64_t half = n / 2; if (Q.time[place[lo + half]] < t) { lo += half + 1; n -= half + 1; } else n = half; }
  return lo;
}

static Answer window(int check) {
  int64_t a = seek(NAMED, from), b = seek(NAMED, to + 1);
  double sum = 0;
  for (int64_t i = a; i < b; i++) sum += Q.ask[place[i]] - Q.bid[place[i]];
  (void)check;
  return (Answer){1, sum / (double)(b - a)};
}

static Answer join(int check) {
  int64_t n = (T.n + 99) / 100 < 10000 ? (T.n + 99) / 100 : 10000;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t k = 0; k < n; k++) {
    int64_t i = k * 100;
    double high = NAN, low = NAN;
    for (int64_t p = seek(T.sym[i], T.time[i]); p < first[T.sym[i] + 1] && Q.time[place[p]] <= T.time[i] + SECOND; p++) {
      high = Q.ask[place[p]] <= high ? high : Q.ask[place[p]];
      low = Q.bid[place[p]] >= low ? low : Q.bid[place[p]];
    }
    out[0][k] = high;
    out[1][k] = low;
  }
  Answer a = {0, 0};
  if (check) for (int64_t k = 0; k < n; k++) if (!isnan(out[0][k])) { a.rows++; a.sum += out[0][k] + out[1][k]; }
  return a;
}

static const struct { const char *name; Answer (*run)(int); } QUERIES[] = {
  {"as-of join", asof}, {"slippage by symbol", slippage}, {"VWAP by symbol", vwap}, {"VWAP and volume, 5 min", bars},
  {"last quote by symbol", last}, {"OHLC, 1 min", ohlc}, {"one symbol, 10 min", window}, {"window join, 10,000 trades", join}};

int main(int argc, char **argv) {
  if (argc != 7) { fprintf(stderr, "kernel FOLDER RUNS THREADS OPEN FROM TO\n"); return 2; }
  const char *d = argv[1];
  int runs = atoi(argv[2]);
  threads = atoi(argv[3]);
  start = atoll(argv[4]);
  from = atoll(argv[5]);
  to = atoll(argv[6]);
  if (runs < 1 || runs > MOST || threads < 1) { fprintf(stderr, "runs 1 to %d, threads from 1\n", MOST); return 2; }
  Q.time = longs(d, "quote.time", &Q.n);
  Q.sym = symbols(d, "quote.sym", &Q.n);
  Q.bid = floats(d, "quote.bid", &Q.n);
  Q.ask = floats(d, "quote.ask", &Q.n);
  Q.bsize = whole(d, "quote.bsize", &Q.n);
  Q.asize = whole(d, "quote.asize", &Q.n);
  T.time = longs(d, "trade.time", &T.n);
  T.sym = symbols(d, "trade.sym", &T.n);
  T.price = floats(d, "trade.price", &T.n);
  T.size = whole(d, "trade.size", &T.n);
  T.side = whole(d, "trade.side", &T.n);
  place = malloc(Q.n * sizeof *place);
  for (int64_t i = 0; i < Q.n; i++) first[Q.sym[i] + 1]++;
  for (int s = 0; s < SYMS; s++) first[s + 1] += first[s];
  int64_t next[SYMS];
  memcpy(next, first, sizeof next);
  for (int64_t i = 0; i < Q.n; i++) place[next[Q.sym[i]]++] = i;
  row = malloc(T.n * sizeof *row);
  for (int c = 0; c < 4; c++) out[c] = malloc((T.n + 10000) * sizeof(double));
  cells = malloc((size_t)(SECONDS / 60 + 2) * SYMS * 4 * sizeof *cells);
  for (size_t q = 0; q < sizeof QUERIES / sizeof *QUERIES; q++) {
    Answer a = QUERIES[q].run(1);
    printf("{\"query\":\"%s\",\"ms\":[", QUERIES[q].name);
    for (int r = 0; r < runs; r++) {
      double t = now();
      QUERIES[q].run(0);
      printf("%s%.6f", r ? "," : "", now() - t);
    }
    printf("],\"rows\":%lld,\"sum\":%.9g}\n", (long long)a.rows, a.sum);
  }
  return 0;
}
