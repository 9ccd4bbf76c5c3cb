package io.lorikeet.cli;

/** What a server runs on. Names no variable of the process: some hold secrets. */
final class Environment {
  private Environment() {}

  static String line() {
    Runtime runtime = Runtime.getRuntime();
    return "java=%s vm=\"%s\" system=\"%s %s\" machine=%s processors=%d heap_max_bytes=%d"
        .formatted(
            Runtime.version(),
            System.getProperty("java.vm.name"),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch"),
            runtime.availableProcessors(),
            runtime.maxMemory());
  }
}
