/* Ends the program it is loaded into, as kill -9 does, at one of its calls of the system: no code of ours has to know.
 *
 * BACKROOM_ENDS_AT names the call and which of them: "connect 2" before the second connection over the network, "open 1" before the
 * first draft of the sealed file is opened for writing, "write 3" before the third piece is written to it, "rename 1" before it is
 * put in its place, "renamed 1" after.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char DRAFT[] = "secrets.new";
static _Atomic int draft = -1;
static _Atomic int opened, written, renamed, after_rename, connected;

static void at(const char *call, int count) {
    const char *plan = getenv("BACKROOM_ENDS_AT");
    char here[32];
    snprintf(here, sizeof here, "%s %d", call, count);
    if (plan != NULL && strcmp(plan, here) == 0) {
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
}

static int is_draft(const char *path) {
    size_t length = strlen(path), ending = sizeof DRAFT - 1;
    return length >= ending && strcmp(path + length - ending, DRAFT) == 0;
}

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static int open_as(const char *name, const char *path, int flags, mode_t mode) {
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))next(name);
    int ours = (flags & O_ACCMODE) != O_RDONLY && is_draft(path);
    if (ours)
        at("open", ++opened);
    int file = real(path, flags, mode);
    if (ours)
        draft = file;
    return file;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return open_as("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return open_as("open64", path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t length) {
    ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))next("write");
    if (file == draft)
        at("write", ++written);
    return real(file, bytes, length);
}

int close(int file) {
    int (*real)(int) = (int (*)(int))next("close");
    if (file == draft)
        draft = -1;
    return real(file);
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))next("rename");
    int ours = is_draft(from);
    if (ours)
        at("rename", ++renamed);
    int done = real(from, to);
    if (ours)
        at("renamed", ++after_rename);
    return done;
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = (int (*)(int, const struct sockaddr *, socklen_t))next("connect");
    if (address->sa_family == AF_INET || address->sa_family == AF_INET6)
        at("connect", ++connected);
    return real(socket, address, length);
}
