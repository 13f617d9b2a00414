/* A crowd of Socket.IO clients (Engine.IO 4, websocket only) on one core.
 *
 *   wsload HOST PORT CLIENTS HANDSHAKES_AT_ONCE FRAMES SECONDS_MAX ORDER
 *
 * Opens the clients, joins each to a room ("join"), lets the first one send ORDER (a Socket.IO
 * packet that makes the server emit FRAMES events with {"n":…,"t":…}, t in nanoseconds of
 * CLOCK_MONOTONIC), and prints one line of JSON: how long after t the last client had each frame.
 * Before ORDER it prints "ready" and waits for a line, so that the caller can look at the server;
 * after its report it waits for another before it hangs up.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 4096, BUFFER_BYTES = 1 << 18, STUCK_SECONDS = 20, SOURCES = 8 };
enum state { CONNECTING, UPGRADING, OPENING, ENTERING, JOINING, JOINED, GONE };

struct client {
    int fd;
    enum state state;
    int kept; /* bytes of an unfinished frame */
    char *rest;
};

static struct client *clients;
static int clients_n, frames_n, epoll_fd, started, busy, joined, gone;
static int port;
static const char *host;
static int *received;      /* clients that have had the frame */
static int64_t *last_ns;   /* how late the last of them was */
static int64_t delivered, unexpected;
static char buffer[BUFFER_BYTES];

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void leave(struct client *c, const char *why)
{
    static int told;
    if (told++ < 3)
        fprintf(stderr, "client %ld in state %d: %s\n", (long)(c - clients), c->state, why);
    if (c->state < JOINED)
        busy--;
    c->state = GONE;
    close(c->fd);
    gone++;
}

/* A masked text frame; the mask is zero, so the text stays as it is. */
static void say(struct client *c, const char *text)
{
    unsigned char frame[600];
    int size = (int)strlen(text), head = size < 126 ? 2 : 4;
    frame[0] = 0x81;
    if (size < 126) {
        frame[1] = 0x80 | size;
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = size >> 8;
        frame[3] = size & 255;
    }
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, text, size);
    if (send(c->fd, frame, head + 4 + size, MSG_NOSIGNAL) != head + 4 + size)
        leave(c, "cannot send");
}

static void start_one(void)
{
    struct client *c = &clients[started];
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    struct epoll_event wanted = {.events = EPOLLOUT | EPOLLIN, .data.u32 = started};
    char source[32];
    int one = 1;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) {
        perror("socket");
        exit(1);
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    /* One address has 28,000 ports; a crowd takes several of the loopback's addresses. */
    snprintf(source, sizeof source, "127.0.1.%d", 2 + started % SOURCES);
    inet_pton(AF_INET, source, &from.sin_addr);
    inet_pton(AF_INET, host, &to.sin_addr);
    to.sin_port = htons(port);
    if (bind(c->fd, (void *)&from, sizeof from)) {
        perror("bind");
        exit(1);
    }
    if (connect(c->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) {
        perror("connect");
        exit(1);
    }
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &wanted);
    c->state = CONNECTING;
    started++;
    busy++;
}

static void on_frame(const char *text, int size, int64_t at)
{
    const char *n = memmem(text, size, "\"n\":", 4), *t = memmem(text, size, "\"t\":", 4);
    if (!n || !t || atoi(n + 4) >= frames_n) {
        unexpected++;
        return;
    }
    int number = atoi(n + 4);
    int64_t late = at - strtoll(t + 4, NULL, 10);
    received[number]++;
    delivered++;
    if (late > last_ns[number])
        last_ns[number] = late;
}

static void on_packet(struct client *c, const char *text, int size, int64_t at)
{
    char kind = size > 0 ? text[0] : 0, inner = size > 1 ? text[1] : 0;
    if (kind == '2') {
        say(c, "3");
    } else if (kind == '0' && c->state == OPENING) {
        c->state = ENTERING;
        say(c, "40");
    } else if (kind == '4' && inner == '0' && c->state == ENTERING) {
        c->state = JOINING;
        say(c, "420[\"join\",\"hall\"]");
    } else if (kind == '4' && inner == '3' && c->state == JOINING) {
        c->state = JOINED;
        joined++;
        busy--;
    } else if (kind == '4' && inner == '2') {
        on_frame(text, size, at);
    }
}

/* Takes whole frames off the front; returns how many bytes are left. */
static int take_frames(struct client *c, char *p, int n, int64_t at)
{
    while (n >= 2 && c->state != GONE) {
        unsigned char *u = (void *)p;
        int64_t size = u[1] & 127;
        int head = 2;
        if (size == 126) {
            if (n < 4)
                break;
            size = u[2] << 8 | u[3];
            head = 4;
        } else if (size == 127) {
            if (n < 10)
                break;
            size = 0;
            for (int k = 2; k < 10; k++)
                size = size << 8 | u[k];
            head = 10;
        }
        if (n < head + size)
            break;
        if ((u[0] & 15) == 1)
            on_packet(c, p + head, (int)size, at);
        else if ((u[0] & 15) == 8)
            leave(c, "closed by the server");
        p += head + size;
        n -= head + size;
    }
    if (n > 0) {
        char *kept = malloc(n);
        memcpy(kept, p, n);
        free(c->rest);
        c->rest = kept;
    }
    return n;
}

static void on_readable(struct client *c)
{
    if (c->kept)
        memcpy(buffer, c->rest, c->kept);
    ssize_t got = recv(c->fd, buffer + c->kept, sizeof buffer - c->kept, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        leave(c, got ? strerror(errno) : "end of stream");
        return;
    }
    int64_t at = now_ns();
    char *p = buffer;
    int n = c->kept + (int)got;
    if (c->state == UPGRADING) {
        char *end = memmem(p, n, "\r\n\r\n", 4);
        if (end && memcmp(p, "HTTP/1.1 101", 12)) {
            leave(c, "refused");
            return;
        }
        if (end) {
            c->state = OPENING;
            n -= end + 4 - p;
            p = end + 4;
        }
    }
    if (c->state > UPGRADING) {
        c->kept = take_frames(c, p, n, at);
    } else {
        free(c->rest);
        c->rest = malloc(n);
        memcpy(c->rest, p, n);
        c->kept = n;
    }
}

static void on_connected(struct client *c, uint32_t index, uint32_t events)
{
    char request[400];
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = index};
    if (events & (EPOLLERR | EPOLLHUP)) {
        leave(c, "cannot connect");
        return;
    }
    int size = snprintf(request, sizeof request,
                        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s:%d\r\n"
                        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", host, port);
    if (send(c->fd, request, size, MSG_NOSIGNAL) != size) {
        leave(c, "cannot ask for the upgrade");
        return;
    }
    c->state = UPGRADING;
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &wanted);
}

static void pump(void)
{
    static struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(epoll_fd, events, EVENTS_MAX, 50);
    for (int k = 0; k < n; k++) {
        struct client *c = &clients[events[k].data.u32];
        if (c->state == CONNECTING)
            on_connected(c, events[k].data.u32, events[k].events);
        else if (c->state != GONE)
            on_readable(c);
    }
}

static void report(double connect_seconds, double blast_seconds)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("{\"joined\":%d,\"gone\":%d,\"connect_s\":%.3f,\"delivered\":%ld,\"unexpected\":%ld,"
           "\"blast_s\":%.3f,\"client_cpu_s\":%.2f,\"last_ms\":[",
           joined, gone, connect_seconds, (long)delivered, (long)unexpected, blast_seconds,
           used.ru_utime.tv_sec + used.ru_stime.tv_sec
               + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    for (int k = 0; k < frames_n; k++)
        printf(received[k] == joined ? "%s%.2f" : "%snull", k ? "," : "", last_ns[k] / 1e6);
    printf("]}\n");
}

int main(int argc, char **argv)
{
    struct rlimit files = {1 << 20, 1 << 20};
    if (argc != 8) {
        fprintf(stderr, "wsload HOST PORT CLIENTS AT_ONCE FRAMES SECONDS_MAX ORDER\n");
        return 2;
    }
    host = argv[1];
    port = atoi(argv[2]);
    clients_n = atoi(argv[3]);
    int at_once = atoi(argv[4]);
    frames_n = atoi(argv[5]);
    double seconds_max = atof(argv[6]);
    if (strncmp(host, "127.", 4)) {
        fprintf(stderr, "loopback only\n");
        return 2;
    }
    setrlimit(RLIMIT_NOFILE, &files);
    clients = calloc(clients_n, sizeof *clients);
    received = calloc(frames_n, sizeof *received);
    last_ns = calloc(frames_n, sizeof *last_ns);
    epoll_fd = epoll_create1(0);

    int64_t begun = now_ns(), moved = begun;
    for (int before = 0; joined + gone < clients_n;) {
        while (started < clients_n && busy < at_once)
            start_one();
        pump();
        if (joined != before) {
            before = joined;
            moved = now_ns();
        }
        if (now_ns() - moved > STUCK_SECONDS * 1000000000LL) {
            fprintf(stderr, "stuck: %d joined, %d gone\n", joined, gone);
            return 1;
        }
    }
    double connect_seconds = (now_ns() - begun) / 1e9;
    char line[16];
    printf("ready\n");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin) || !joined)
        return 1;

    int first = 0;
    while (clients[first].state != JOINED)
        first++;
    begun = moved = now_ns();
    say(&clients[first], argv[7]);
    int64_t end = begun + (int64_t)(seconds_max * 1e9), expected = (int64_t)frames_n * joined;
    for (int64_t before = 0; now_ns() < end && delivered < expected;) {
        pump();
        if (delivered != before) {
            before = delivered;
            moved = now_ns();
        }
    }
    report(connect_seconds, (moved - begun) / 1e9);
    /* The server is looked at before it has thousands of endings to handle. */
    fflush(stdout);
    return fgets(line, sizeof line, stdin) ? 0 : 1;
}
