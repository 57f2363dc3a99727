package org.vmcore.remote;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.apache.sshd.agent.SshAgent;
import org.apache.sshd.agent.SshAgentFactory;
import org.apache.sshd.agent.SshAgentServer;
import org.apache.sshd.agent.common.AbstractAgentProxy;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * The user's ssh-agent at its socket (draft-miller-ssh-agent, "Protocol Overview"). The library's
 * own way to it needs a native library; Java 16 knows such sockets.
 */
final class AgentFactory implements SshAgentFactory {
  /** As ssh-agent(1) has it: AGENT_MAX_LEN. */
  private static final int LARGEST_ANSWER = 256 << 10;

  private final Path socket;

  AgentFactory(Path socket) {
    this.socket = socket;
  }

  @Override
  public List<ChannelFactory> getChannelForwardingFactories(FactoryManager manager) {
    return List.of();
  }

  @Override
  public SshAgent createClient(Session session, FactoryManager manager) throws IOException {
    return new Agent(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
  }

  @Override
  public SshAgentServer createServer(ConnectionService service) {
    throw new UnsupportedOperationException("no agent is forwarded");
  }

  private static final class Agent extends AbstractAgentProxy {
    private final SocketChannel channel;

    Agent(SocketChannel channel) {
      super(null);
      this.channel = channel;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    protected synchronized Buffer request(Buffer question) throws IOException {
      ByteBuffer out = ByteBuffer.wrap(question.array(), question.rpos(), question.available());
      while (out.hasRemaining()) {
        channel.write(out);
      }
      int length = read(Integer.BYTES).getInt();
      if (length < 1 || length > LARGEST_ANSWER) {
        throw new IOException("the agent answers with %d bytes".formatted(length));
      }
      return new ByteArrayBuffer(read(length).array());
    }

    private ByteBuffer read(int length) throws IOException {
      ByteBuffer in = ByteBuffer.allocate(length);
      while (in.hasRemaining()) {
        if (channel.read(in) < 0) {
          throw new EOFException("the agent has gone");
        }
      }
      return in.flip();
    }

    @Override
    public void close() throws IOException {
      super.close();
      channel.close();
    }
  }
}
