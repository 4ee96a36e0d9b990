/** How the executable's V8 collects its garbage: early, and in small steps. `--optimize-for-size` costs speed. */
export const V8_FLAGS = "--heap-growing-percent=30,--max-semi-space-size=4";
