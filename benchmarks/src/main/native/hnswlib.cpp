// hnswlib as a peer of the vectors benchmark; its arguments are M and efConstruction.
// Reads from standard input, all numbers little endian:
// the numbers of vectors, queries and dimensions (int32 each), the vectors, the queries (float32).
// Then lines "EF WANTED FROM TO": answers with the CPU nanoseconds that these queries took and the ids for each, nearest
// first.
#include <hnswlib/hnswlib.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

static int64_t cpu_nanos() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return int64_t(now.tv_sec) * 1000000000 + now.tv_nsec;
}

static bool read_floats(std::vector<float> &into) {
    return fread(into.data(), sizeof(float), into.size(), stdin) == into.size();
}

int main(int arguments, char **argument) {
    if (arguments != 3) return 1;
    const size_t connections = atoi(argument[1]), beam = atoi(argument[2]);
    int32_t head[3];
    if (fread(head, sizeof(int32_t), 3, stdin) != 3) return 1;
    const size_t count = head[0], queries = head[1], dimensions = head[2];
    std::vector<float> vectors(count * dimensions), asked(queries * dimensions);
    if (!read_floats(vectors) || !read_floats(asked)) return 1;
    hnswlib::InnerProductSpace space(dimensions);
    int64_t before = cpu_nanos();
    hnswlib::HierarchicalNSW<float> index(&space, count, connections, beam);
    for (size_t i = 0; i < count; i++) index.addPoint(vectors.data() + i * dimensions, i);
    printf("built %lld\n", (long long) (cpu_nanos() - before));
    fflush(stdout);
    size_t ef, wanted, from, to;
    while (scanf("%zu %zu %zu %zu", &ef, &wanted, &from, &to) == 4) {
        index.setEf(ef);
        std::vector<int64_t> ids;
        before = cpu_nanos();
        for (size_t q = from; q < to; q++) {
            auto found = index.searchKnn(asked.data() + q * dimensions, wanted);
            size_t place = ids.size() + found.size();
            ids.resize(place);
            for (; !found.empty(); found.pop()) ids[--place] = int64_t(found.top().second);
        }
        printf("%lld", (long long) (cpu_nanos() - before));
        for (int64_t id : ids) printf(" %lld", (long long) id);
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
