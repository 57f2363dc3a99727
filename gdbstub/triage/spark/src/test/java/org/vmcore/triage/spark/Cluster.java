package org.vmcore.triage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A standalone master and two workers of one processor each on loopback, as Spark itself starts
 * them, in processes of their own.
 */
final class Cluster implements Closeable {
  static final int WORKERS = 2;

  private static final Path HOME = Path.of(System.getProperty("vmcore.spark.home", "spark"));
  private static final long LIMIT_SECONDS = 300;
  private static final Pattern URL = Pattern.compile("spark://127\\.0\\.0\\.1:[1-9]\\d*");

  private final Path directory;
  private final List<Process> workers = new ArrayList<>();
  private final Process master;
  private final String url;

  Cluster(Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    master =
        start(
            "master",
            "org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 0 --webui-port 0",
            List.of());
    try {
      url = said("master", URL, 1).get(0).group();
      for (int i = 0; i < WORKERS; i++) {
        workers.add(
            start(
                "worker" + i,
                "org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --port 0 --webui-port 0"
                    + " --cores 1 --memory 1g",
                List.of("--work-dir", directory.resolve("work" + i).toString(), url)));
      }
      said("master", Pattern.compile("Registering worker"), WORKERS);
    } catch (IOException | InterruptedException | AssertionError e) {
      close();
      throw e;
    }
  }

  /** Starts a job, as {@code spark-submit} does. */
  Process submit(String name, List<String> arguments) throws IOException {
    return submit(name, url, arguments);
  }

  private Process submit(String name, String to, List<String> arguments) throws IOException {
    List<String> rest = new ArrayList<>(List.of(System.getProperty("vmcore.spark.job", "job.jar")));
    rest.addAll(arguments);
    return start(
        name,
        "org.apache.spark.deploy.SparkSubmit --conf spark.driver.host=127.0.0.1"
            + " --conf spark.ui.enabled=false --executor-memory 768m --master "
            + to,
        rest);
  }

  /** The same without a cluster. */
  Process submitLocally(String name, List<String> arguments) throws IOException {
    return submit(name, "local[*]", arguments);
  }

  /** Kills the first worker and what it runs, with no word to anybody. */
  void killWorker() throws InterruptedException {
    Process worker = workers.get(0);
    List<ProcessHandle> all = new ArrayList<>(worker.descendants().toList());
    all.add(worker.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
    worker.waitFor();
  }

  /** What a process has written so far. */
  String log(String name) throws IOException {
    return Files.readString(directory.resolve(name + ".log"));
  }

  /** Waits until a process has written so many of them. */
  List<MatchResult> said(String name, Pattern words, int count)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    while (true) {
      List<MatchResult> found = words.matcher(log(name)).results().toList();
      if (found.size() >= count) {
        return found;
      }
      assertThat(System.nanoTime() - begun)
          .as("%s says nothing of %s:%n%s", name, words, log(name))
          .isLessThan(TimeUnit.SECONDS.toNanos(LIMIT_SECONDS));
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private Process start(String name, String words, List<String> rest) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx768m");
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(List.of("-cp", HOME.resolve("jars") + "/*"));
    command.addAll(List.of(words.split(" ", -1)));
    command.addAll(rest);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(name + ".log").toFile());
    builder.environment().put("SPARK_HOME", HOME.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_LOCAL_DIRS", directory.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder.start();
  }

  @Override
  public void close() {
    List<Process> all = new ArrayList<>(workers);
    all.add(master);
    for (Process process : all) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
