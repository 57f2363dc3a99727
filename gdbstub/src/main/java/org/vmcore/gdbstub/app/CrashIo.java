package org.vmcore.gdbstub.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.vmcore.gdbstub.inspect.shell.ShellIo;

/**
 * The programs and files of a session of crash. Programs run by {@code sh -c}, as in crash; what
 * goes to them and into files is as visible as what goes to the terminal.
 */
final class CrashIo implements ShellIo {
  private final boolean interactive;
  private volatile boolean stopped;
  private boolean scrolls;

  /**
   * @param interactive whether somebody sits at a terminal: programs then have it, too
   */
  CrashIo(boolean interactive) {
    this.interactive = interactive;
  }

  /** Has the command that runs end at the next thing that it says or finds. */
  void stop() {
    stopped = true;
  }

  /** Forgets about the last command's end; whether output is shown a screen at a time from now. */
  void begin(boolean scroll) {
    stopped = false;
    scrolls = scroll;
  }

  @Override
  public Sink here() {
    if (interactive && scrolls) {
      try {
        return new Piped(start("less -E -X -F")) {
          @Override
          public Optional<OutputStream> bytes() {
            return Optional.empty();
          }
        };
      } catch (IOException e) {
        // Without a pager it runs through.
        scrolls = false;
      }
    }
    return new Sink() {
      @Override
      public void print(String text) {
        stillBusy();
        System.out.print(text);
      }

      @Override
      public void shown() {
        Output.shown();
      }

      @Override
      public void close() {
        System.out.flush();
      }
    };
  }

  @Override
  public Sink program(String commandLine) throws IOException {
    return new Piped(start(commandLine));
  }

  @Override
  public Sink file(String name, boolean append) throws IOException {
    OutputStream file =
        append
            ? Files.newOutputStream(
                Path.of(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND)
            : Files.newOutputStream(Path.of(name));
    return new Written(file);
  }

  private Process start(String commandLine) throws IOException {
    System.out.flush();
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", commandLine);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    if (interactive) {
      builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
    }
    return builder.start();
  }

  @Override
  public void run(String commandLine) throws IOException {
    System.out.flush();
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", commandLine);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    if (interactive) {
      builder.inheritIO();
    }
    Process process = builder.start();
    if (!interactive) {
      process.getOutputStream().close();
      process.getInputStream().transferTo(Output.raw());
    }
    await(process);
  }

  private static void await(Process process) {
    boolean interrupted = false;
    while (true) {
      try {
        process.waitFor();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String read(String name) throws IOException {
    byte[] text = name.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(name));
    return new String(text, UTF_8);
  }

  @Override
  public void stillBusy() {
    if (stopped) {
      throw new StoppedException();
    }
    Output.stillBusy();
  }

  /** Text on its way to somewhere else; who does not want more of it has gone. */
  private class Written implements Sink {
    private final OutputStream destination;
    private final PrintStream out;

    Written(OutputStream to) {
      destination = to;
      out = new PrintStream(new VisibleStream(new BufferedOutputStream(to)), false, UTF_8);
    }

    @Override
    public Optional<OutputStream> bytes() {
      out.flush();
      return Optional.of(destination);
    }

    @Override
    public void print(String text) {
      stillBusy();
      out.print(text);
      if (out.checkError()) {
        throw new StoppedException();
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
      try {
        // Not all streams on the way hand it on.
        destination.close();
      } catch (IOException e) {
        if (!out.checkError()) {
          throw e;
        }
      }
    }
  }

  private class Piped extends Written {
    private final Process process;
    private final Thread pump;

    Piped(Process process) {
      super(process.getOutputStream());
      this.process = process;
      pump = new Thread(this::pump, "output of a program");
      pump.setDaemon(true);
      pump.start();
    }

    private void pump() {
      try (InputStream printed = process.getInputStream()) {
        printed.transferTo(Output.raw());
      } catch (IOException e) {
        // It has ended.
        return;
      }
    }

    @Override
    public void close() throws IOException {
      super.close();
      await(process);
      try {
        pump.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
