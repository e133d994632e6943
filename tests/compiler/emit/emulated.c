/* Runs one kernel on buffers from stdin, for CPUs that are not this one: `emulated.py` feeds it.

   In:  n of buffers, n of parameters, threads; of each buffer its bytes; parameters; of each buffer its content.
   Out: the error cell, then each buffer. All numbers are int64. Each buffer ends where memory begins that must not
   be touched: a wrong access ends the process. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void kernel(int64_t *table, int32_t *slots, int64_t thread, int64_t threads);

static void move(ssize_t (*how)(int, void *, size_t), int file, void *data, size_t size) {
    for (char *at = data; size > 0;) {
        ssize_t n = how(file, at, size);
        if (n <= 0) exit(2);
        at += n, size -= n;
    }
}

static ssize_t put(int file, void *data, size_t size) { return write(file, data, size); }

static char *fenced(size_t size) {
    size_t page = sysconf(_SC_PAGESIZE), room = (size + page - 1) / page * page;
    char *memory = mmap(0, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + room, page, PROT_NONE)) exit(3);
    return memory + room - size;
}

int main(void) {
    int64_t head[3], sizes[64], table[129], error[4] = {0};
    int32_t slots[129];
    move(read, 0, head, sizeof head);
    int64_t buffers = head[0], entries = head[0] + head[1];
    if (buffers > 64 || entries > 128) return 4;
    move(read, 0, sizes, 8 * buffers);
    move(read, 0, table + buffers, 8 * head[1]);
    for (int64_t k = 0; k < buffers; k++) {
        table[k] = (int64_t)fenced(sizes[k]);
        move(read, 0, (void *)table[k], sizes[k]);
    }
    table[entries] = (int64_t)error;
    for (int64_t k = 0; k <= entries; k++) slots[k] = k;
    for (int64_t t = 0; t < head[2]; t++) kernel(table, slots, t, head[2]);
    move(put, 1, error, sizeof error);
    for (int64_t k = 0; k < buffers; k++) move(put, 1, (void *)table[k], sizes[k]);
    return 0;
}
