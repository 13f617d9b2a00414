/* Thousands of sockets that watch events of a running ArenaPulse (Engine.IO 4, websocket only).
 *
 *   watchers SOURCE AT_ONCE          groups on standard input, a line each: HOST PORT COUNT EVENT
 *
 * SOURCE is a number 0-255: clients come from 127.SOURCE.x.y, for one address has 28,000 ports. After
 * an empty line it connects all of them, each subscribes to its event, and "ready N" is printed. Every
 * `event:capacity` is counted by its event and sequence, and how long after the frame's own timestamp
 * the last client of this process had it. At the next line of standard input it prints one line a frame,
 * "EVENT SEQUENCE CLIENTS LAST_MS", then "end JOINED GONE MISSED" and ends. MISSED are sequences that
 * a client did not have although it had a later one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 4096, BUFFER_BYTES = 1 << 18, GROUPS_MAX = 1024, FRAMES_MAX = 16384, STUCK_SECONDS = 60 };
enum state { CONNECTING, UPGRADING, OPENING, ENTERING, JOINING, JOINED, GONE };

struct seen {
    int count;
    double published, last_ms;
};
struct group {
    char host[20], event[40];
    int port;
    long first; /* sequence of frames[0] */
    struct seen *frames;
};
struct client {
    int fd, kept;
    short group;
    signed char state;
    long last;
    char *rest;
};

static struct client *clients;
static struct group groups[GROUPS_MAX];
static int clients_n, groups_n, epoll_fd, started, busy, joined, gone, source;
static long missed;
static char buffer[BUFFER_BYTES];

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void leave(struct client *c, const char *why)
{
    static int told;
    if (told++ < 3)
        fprintf(stderr, "client %ld in state %d: %s\n", (long)(c - clients), c->state, why);
    if (c->state < JOINED)
        busy--;
    else
        joined--;
    c->state = GONE;
    close(c->fd);
    gone++;
}

/* A masked text frame under 126 bytes; the mask is zero, so the text stays as it is. */
static void say(struct client *c, const char *text)
{
    unsigned char frame[132] = {0x81};
    int size = (int)strlen(text);
    frame[1] = 0x80 | size;
    memset(frame + 2, 0, 4);
    memcpy(frame + 6, text, size);
    if (send(c->fd, frame, 6 + size, MSG_NOSIGNAL) != 6 + size)
        leave(c, "cannot send");
}

static void start_one(void)
{
    struct client *c = &clients[started];
    struct group *g = &groups[c->group];
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    struct epoll_event wanted = {.events = EPOLLOUT | EPOLLIN, .data.u32 = started};
    char address[32];
    int one = 1;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) {
        perror("socket");
        exit(1);
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    snprintf(address, sizeof address, "127.%d.%d.%d", source, started / 200 % 200, 2 + started % 200);
    inet_pton(AF_INET, address, &from.sin_addr);
    inet_pton(AF_INET, g->host, &to.sin_addr);
    to.sin_port = htons(g->port);
    if (bind(c->fd, (void *)&from, sizeof from) ||
        (connect(c->fd, (void *)&to, sizeof to) && errno != EINPROGRESS)) {
        perror("connect");
        exit(1);
    }
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &wanted);
    c->state = CONNECTING;
    started++;
    busy++;
}

/* "2026-11-29T17:17:52.347Z" as seconds. */
static double moment(const char *text)
{
    struct tm t = {0};
    char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
    return end ? timegm(&t) + (*end == '.' ? strtod(end, NULL) : 0) : 0;
}

static void on_capacity(struct client *c, const char *text, int size, double at)
{
    struct group *g = &groups[c->group];
    const char *number = memmem(text, size, "\"sequence\":", 11);
    if (!number)
        return;
    long sequence = strtol(number + 11, NULL, 10);
    if (!g->frames) {
        g->frames = calloc(FRAMES_MAX, sizeof *g->frames);
        g->first = sequence > 64 ? sequence - 64 : 0;
    }
    if (c->last && sequence > c->last + 1)
        missed += sequence - c->last - 1;
    if (sequence > c->last)
        c->last = sequence;
    if (sequence < g->first || sequence - g->first >= FRAMES_MAX)
        return;
    struct seen *seen = &g->frames[sequence - g->first];
    if (!seen->count++) {
        const char *stamp = memmem(text, size, "\"timestamp\":\"", 13);
        seen->published = stamp ? moment(stamp + 13) : 0;
    }
    seen->last_ms = (at - seen->published) * 1000;
}

static void on_packet(struct client *c, const char *text, int size, double at)
{
    char kind = size > 0 ? text[0] : 0, inner = size > 1 ? text[1] : 0;
    char words[128];
    if (kind == '2') {
        say(c, "3");
    } else if (kind == '0' && c->state == OPENING) {
        c->state = ENTERING;
        say(c, "40");
    } else if (kind == '4' && inner == '0' && c->state == ENTERING) {
        c->state = JOINING;
        snprintf(words, sizeof words, "420[\"event:subscribe\",{\"eventId\":\"%s\"}]", groups[c->group].event);
        say(c, words);
    } else if (kind == '4' && inner == '3' && c->state == JOINING) {
        if (memmem(text, size < 40 ? size : 40, "\"ok\":false", 10)) {
            leave(c, "was refused its event");
            return;
        }
        c->state = JOINED;
        joined++;
        busy--;
    } else if (size > 18 && !memcmp(text, "42[\"event:capacity", 18)) {
        on_capacity(c, text, size, at);
    }
}

/* Takes whole frames off the front; returns how many bytes are left. */
static int take_frames(struct client *c, char *p, int n, double at)
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
    free(c->rest);
    c->rest = NULL;
    if (n > 0 && c->state != GONE) {
        c->rest = malloc(n);
        memcpy(c->rest, p, n);
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
    double at = now(CLOCK_REALTIME);
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
    struct group *g = &groups[c->group];
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = index};
    if (events & (EPOLLERR | EPOLLHUP)) {
        leave(c, "cannot connect");
        return;
    }
    int size = snprintf(request, sizeof request,
                        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s:%d\r\n"
                        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", g->host, g->port);
    if (send(c->fd, request, size, MSG_NOSIGNAL) != size) {
        leave(c, "cannot ask for the upgrade");
        return;
    }
    c->state = UPGRADING;
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &wanted);
}

/* One round; 1 where standard input has a line or has ended. */
static int pump(void)
{
    static struct epoll_event events[EVENTS_MAX];
    int told = 0, n = epoll_wait(epoll_fd, events, EVENTS_MAX, 50);
    for (int k = 0; k < n; k++) {
        if (events[k].data.u32 == UINT32_MAX) {
            told = 1;
            continue;
        }
        struct client *c = &clients[events[k].data.u32];
        if (c->state == CONNECTING)
            on_connected(c, events[k].data.u32, events[k].events);
        else if (c->state != GONE)
            on_readable(c);
    }
    return told;
}

static void read_groups(void)
{
    char line[128];
    int count, room = 0;
    while (fgets(line, sizeof line, stdin) && line[0] != '\n') {
        struct group *g = &groups[groups_n];
        if (groups_n == GROUPS_MAX || sscanf(line, "%19s %d %d %39s", g->host, &g->port, &count, g->event) != 4 ||
            strncmp(g->host, "127.", 4)) {
            fprintf(stderr, "a group is HOST PORT COUNT EVENT, on loopback: %s", line);
            exit(2);
        }
        if (clients_n + count > room)
            clients = realloc(clients, (room = 2 * (clients_n + count)) * sizeof *clients);
        for (int k = 0; k < count; k++)
            clients[clients_n++] = (struct client){.fd = -1, .group = (short)groups_n};
        groups_n++;
    }
}

int main(int argc, char **argv)
{
    struct rlimit files;
    if (argc != 3) {
        fprintf(stderr, "watchers SOURCE AT_ONCE <groups\n");
        return 2;
    }
    source = atoi(argv[1]);
    int at_once = atoi(argv[2]);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    /* They stand for machines of their own. */
    if (nice(15) == -1)
        perror("nice");
    setvbuf(stdin, NULL, _IONBF, 0);
    read_groups();
    epoll_fd = epoll_create1(0);
    double moved = now(CLOCK_MONOTONIC);
    for (int before = 0; joined + gone < clients_n;) {
        while (started < clients_n && busy < at_once)
            start_one();
        pump();
        if (joined != before) {
            before = joined;
            moved = now(CLOCK_MONOTONIC);
        }
        if (now(CLOCK_MONOTONIC) - moved > STUCK_SECONDS) {
            fprintf(stderr, "stuck: %d joined, %d gone of %d\n", joined, gone, clients_n);
            return 1;
        }
    }
    printf("ready %d\n", joined);
    fflush(stdout);
    struct epoll_event input = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &input);
    while (!pump())
        ;
    for (int k = 0; k < groups_n; k++)
        for (int f = 0; groups[k].frames && f < FRAMES_MAX; f++)
            if (groups[k].frames[f].count)
                printf("%s %ld %d %.2f\n", groups[k].event, groups[k].first + f, groups[k].frames[f].count,
                       groups[k].frames[f].last_ms);
    printf("end %d %d %ld\n", joined, gone, missed);
    return 0;
}
