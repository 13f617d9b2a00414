/* A crowd that asks by GET, each over a connection that stays open, on part of a core.
 *
 *   polls SECONDS CONNECTIONS PORT… <paths
 *
 * Paths come one a line, dealt to the connections in turn; the connections to the ports. Each sends
 * its next request when it has the whole answer to the last (nothing is pipelined), until the time
 * is over. Prints one line: answers of 200, others, connections lost, seconds, p50 and p95 in ms.
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
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 512, ANSWER_MAX = 1 << 16, REQUEST_MAX = 4096, SLOTS = 1 << 20, ENDING_SECONDS = 10 };

struct line {
    int fd;
    int have; /* bytes of an answer that is not whole */
    int64_t asked;
    char *answer;
};

static char **paths;
static size_t paths_n, next_path;
static struct line *lines;
static int waiting, lost;
static long good, others;
/* By microseconds; what took a second and more is the last. */
static uint32_t took[SLOTS];

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void hang_up(struct line *line)
{
    close(line->fd);
    line->fd = -1;
    waiting--;
    lost++;
}

static void ask(struct line *line)
{
    char request[REQUEST_MAX];
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[next_path]);
    next_path = (next_path + 1) % paths_n;
    line->have = 0;
    line->asked = now_ns();
    if (send(line->fd, request, size, MSG_NOSIGNAL) != size)
        hang_up(line);
}

/* The size of the whole answer; 0 while its head is not whole, -1 for what is none. */
static int size_of(const char *answer, int have)
{
    const char *end = memmem(answer, have, "\r\n\r\n", 4);
    if (!end)
        return have < ANSWER_MAX ? 0 : -1;
    for (const char *at = answer; at < end; at++) {
        at = memchr(at, '\n', end - at);
        if (!at)
            return -1;
        if (!strncasecmp(at + 1, "content-length:", 15)) {
            int size = end + 4 - answer + atoi(at + 16);
            return size <= ANSWER_MAX ? size : -1;
        }
    }
    return -1;
}

static void hear(struct line *line, int is_over)
{
    ssize_t read = recv(line->fd, line->answer + line->have, ANSWER_MAX - line->have, 0);
    if (read < 0 && errno == EAGAIN)
        return;
    if (read <= 0) {
        hang_up(line);
        return;
    }
    line->have += read;
    int size = size_of(line->answer, line->have);
    if (size < 0) {
        hang_up(line);
        return;
    }
    if (!size || line->have < size)
        return;
    int64_t us = (now_ns() - line->asked) / 1000;
    took[us < SLOTS ? us : SLOTS - 1]++;
    if (!memcmp(line->answer + 9, "200", 3))
        good++;
    else
        others++;
    if (is_over)
        waiting--;
    else
        ask(line);
}

static double percentile(double share)
{
    long passed = 0, wanted = share * (good + others);
    for (int us = 0; us < SLOTS; us++)
        if ((passed += took[us]) > wanted)
            return us / 1000.0;
    return 0;
}

static void read_paths(void)
{
    size_t room = 0;
    char path[REQUEST_MAX / 2];
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = 0;
        if (paths_n == room)
            paths = realloc(paths, (room = room ? 2 * room : 1024) * sizeof *paths);
        paths[paths_n++] = strdup(path);
    }
}

static int connected(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "polls SECONDS CONNECTIONS PORT… <paths\n");
        return 2;
    }
    double seconds = atof(argv[1]);
    int count = atoi(argv[2]), ports = argc - 3, epoll_fd = epoll_create1(0);
    read_paths();
    if (!paths_n)
        return 2;
    lines = calloc(count, sizeof *lines);
    for (int k = 0; k < count; k++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = k};
        lines[k].answer = malloc(ANSWER_MAX);
        lines[k].fd = connected(atoi(argv[3 + k % ports]));
        if (lines[k].fd < 0) {
            perror("connect");
            return 1;
        }
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, lines[k].fd, &event);
    }
    int64_t began = now_ns(), ends = began + seconds * 1e9;
    waiting = count;
    for (int k = 0; k < count; k++)
        ask(&lines[k]);
    while (waiting) {
        struct epoll_event events[EVENTS_MAX];
        int many = epoll_wait(epoll_fd, events, EVENTS_MAX, 100);
        int64_t now = now_ns();
        for (int k = 0; k < many; k++)
            if (lines[events[k].data.u32].fd >= 0)
                hear(&lines[events[k].data.u32], now >= ends);
        if (now > ends + ENDING_SECONDS * 1000000000LL)
            break;
    }
    lost += waiting;
    printf("%ld %ld %d %.3f %.2f %.2f\n", good, others, lost, (now_ns() - began) / 1e9, percentile(0.5),
           percentile(0.95));
    return 0;
}
