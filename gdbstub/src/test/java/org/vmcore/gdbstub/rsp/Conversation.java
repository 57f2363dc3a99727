package org.vmcore.gdbstub.rsp;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.LongSupplier;

/** A session and a debugger that is a test. */
final class Conversation implements Client {
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final Session session;
  private boolean gone;
  private boolean interrupted;

  Conversation(Target target) {
    this(target, Limits.DEFAULT);
  }

  Conversation(Target target, Limits limits) {
    this(target, limits, System::nanoTime);
  }

  /** One to which the time is what a test says. */
  Conversation(Target target, LongSupplier clock) {
    this(target, Limits.DEFAULT, clock);
  }

  private Conversation(Target target, Limits limits, LongSupplier clock) {
    session = new Session(target, limits, this, clock);
  }

  /** A gdb that has left acknowledgements behind. */
  static Conversation withGdb(Target target) {
    return withGdb(target, System::nanoTime);
  }

  /** The same to which the time is what a test says. */
  static Conversation withGdb(Target target, LongSupplier clock) {
    Conversation conversation = new Conversation(target, clock);
    conversation.ask("QStartNoAckMode");
    conversation.ask("qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+");
    return conversation;
  }

  /** Sends one packet and returns all payloads that came back. */
  List<String> askAll(String payload) {
    return feed(Wire.frame(payload));
  }

  /** Sends one packet and returns the last payload that came back. */
  String ask(String payload) {
    List<String> answers = askAll(payload);
    return answers.isEmpty() ? "" : answers.get(answers.size() - 1);
  }

  List<String> feed(byte[] bytes) {
    return Wire.parse(feedRaw(bytes));
  }

  byte[] feedRaw(byte[] bytes) {
    sent.reset();
    session.feed(bytes, 0, bytes.length);
    return sent.toByteArray();
  }

  void idle() {
    session.idle();
  }

  void showLife() {
    session.showLife();
  }

  /** How much has come back since the last packet was sent. */
  int sentBytes() {
    return sent.size();
  }

  boolean isFinished() {
    return session.isFinished();
  }

  void leave() {
    gone = true;
  }

  void interrupt() {
    interrupted = true;
  }

  @Override
  public boolean wantsAnEnd() {
    return interrupted;
  }

  @Override
  public void send(byte[] bytes, int offset, int length) {
    if (gone) {
      throw new ClientGoneException();
    }
    sent.write(bytes, offset, length);
  }

  @Override
  public boolean isGone() {
    return gone;
  }
}
