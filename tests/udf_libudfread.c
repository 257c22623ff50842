/* What libudfread makes of an image, for e2e/udf_readers.py: "D <path>" for each folder, "F <bytes> <sha256>
 * <path>" for each file. Exit 1 with a sentence when it cannot read something that it has listed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <udfread/udfread.h>

#include "base/hash.h"
#include "base/text.h"

#define DEPTH_MAX 80
#define PATH_SIZE 16384

static uint8_t buffer[1 << 20];

static int refuse(const char *what, const char *path)
{
    fprintf(stderr, "libudfread: %s '%s'\n", what, path);
    return 1;
}

static int list_file(UDFDIR *dir, const char *name, const char *path)
{
    UDFFILE *file = udfread_file_openat(dir, name);
    if (!file)
        return refuse("cannot open", path);
    int64_t size = udfread_file_size(file), left = size;
    uint8_t digest[DW_SHA256_SIZE];
    char hex[2 * DW_SHA256_SIZE + 1];
    dw_sha256 *sha = dw_sha256_new();
    dw_sha256_start(sha);
    while (left > 0) {
        ssize_t got = udfread_file_read(file, buffer, sizeof buffer);
        if (got <= 0)
            break;
        dw_sha256_add(sha, buffer, (size_t)got);
        left -= got;
    }
    dw_sha256_end(sha, digest);
    dw_sha256_free(sha);
    udfread_file_close(file);
    if (left != 0)
        return refuse("cannot read all of", path);
    dw_text_hex(digest, sizeof digest, hex);
    printf("F %lld %s %s\n", (long long)size, hex, path);
    return 0;
}

static int list_folder(UDFDIR *dir, char path[PATH_SIZE], int depth)
{
    struct udfread_dirent entry;
    size_t length = strlen(path);
    int failed = depth > DEPTH_MAX ? refuse("too deep", path) : 0;
    while (!failed && udfread_readdir(dir, &entry)) {
        if (strcmp(entry.d_name, ".") == 0 || strcmp(entry.d_name, "..") == 0)
            continue;
        if (!dw_text_format(path + length, PATH_SIZE - length, "/%s", entry.d_name))
            return refuse("too long a path in", path);
        if (entry.d_type == UDF_DT_DIR) {
            UDFDIR *below = udfread_opendir_at(dir, entry.d_name);
            printf("D %s\n", path);
            failed = below ? list_folder(below, path, depth + 1) : refuse("cannot open", path);
            if (below)
                udfread_closedir(below);
        } else {
            failed = list_file(dir, entry.d_name, path);
        }
        path[length] = '\0';
    }
    return failed;
}

int main(int argc, char **argv)
{
    static char path[PATH_SIZE];
    if (argc != 2)
        return refuse("takes one image, not", argc > 1 ? argv[1] : "");
    udfread *udf = udfread_init();
    if (!udf || udfread_open(udf, argv[1]) != 0) {
        udfread_close(udf);
        return refuse("cannot open", argv[1]);
    }
    UDFDIR *root = udfread_opendir(udf, "/");
    int failed = root ? list_folder(root, path, 0) : refuse("no root in", argv[1]);
    if (root)
        udfread_closedir(root);
    udfread_close(udf);
    return failed;
}
