/* A plug-in that ends or stops its host's process as soon as it is loaded. Built with -DSECONDS=0 (crash) or more. */
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

bool ModuleEntry(void *handle) {
    if (SECONDS == 0) abort();
    sleep(SECONDS);
    return true;
}

bool ModuleExit(void) { return true; }

void *GetPluginFactory(void) { return 0; }
