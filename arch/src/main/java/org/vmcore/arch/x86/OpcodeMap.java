package org.vmcore.arch.x86;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The opcodes of 64-bit mode (Intel SDM vol. 2, appendix A, "Opcode Map") with the names that the
 * GNU assembler gives them in AT&T's syntax. Each line of a table is an opcode or a range, a name
 * and operands in Intel's order. In a name {@code *} stands where the size goes that no operand
 * tells; {@code cc} for a condition. A name {@code /group} leads to a table by ModRM.reg.
 *
 * <p>Operands are Intel's: a letter for what it is (E register or memory, G register, M memory, R
 * register alone, I immediate, J relative, Z register of the opcode, O absolute, X and Y strings, S
 * segment, C control, D debug, V and W of SSE, P and Q of MMX) and one for its size (b, w, d, q; v
 * of the operand; y 4 or 8; z at most 4, sign-extended; s a byte, sign-extended; 6 always 8; x
 * whatever the name says).
 */
final class OpcodeMap {
  /** What an opcode is: its name and operands. */
  record Entry(String name, List<String> operands) {
    static final Entry NONE = new Entry("(bad)", List.of());
  }

  private static final String[] CONDITIONS = {
    "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
  };

  private static final String[] ARITHMETIC = {
    "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"
  };

  private final Map<String, Entry> entries = new HashMap<>();

  /** Opcodes of one byte. */
  static final OpcodeMap ONE = one();

  /** Those behind 0F; of SSE a prefix precedes the opcode: {@code 66.10}. */
  static final OpcodeMap TWO = two();

  /** Those behind 0F 38, and 0F 3A with the key {@code 3a.}. */
  static final OpcodeMap THREE = three();

  /** By group and ModRM.reg: {@code 1.0}; where it differs, of registers {@code 7.0.r}. */
  static final OpcodeMap GROUPS = groups();

  /** The entry of a key; empty of what is not in the table. */
  Entry get(String key) {
    return entries.getOrDefault(key, Entry.NONE);
  }

  boolean has(String key) {
    return entries.containsKey(key);
  }

  static String hex(int opcode) {
    return Integer.toHexString(0x100 | opcode).substring(1);
  }

  private OpcodeMap add(String lines) {
    for (String line : lines.lines().toList()) {
      String[] parts = line.trim().split("\\s+", -1);
      List<String> operands = parts.length > 2 ? List.of(parts[2].split(",", -1)) : List.of();
      for (String key : parts[0].split(",", -1)) {
        String[] range = key.split("-", -1);
        if (range.length == 1) {
          entries.put(key, new Entry(parts[1], operands));
          continue;
        }
        int first = Integer.parseInt(range[0], 16);
        for (int opcode = first; opcode <= Integer.parseInt(range[1], 16); opcode++) {
          String name = parts[1].replace("cc", CONDITIONS[opcode & 15]);
          entries.put(hex(opcode), new Entry(name, operands));
        }
      }
    }
    return this;
  }

  private static OpcodeMap one() {
    OpcodeMap map = new OpcodeMap();
    for (int i = 0; i < ARITHMETIC.length; i++) {
      String[] forms = {"Eb,Gb", "Ev,Gv", "Gb,Eb", "Gv,Ev", "AL,Ib", "AX,Iz"};
      for (int form = 0; form < forms.length; form++) {
        map.add(hex(i * 8 + form) + " " + ARITHMETIC[i] + "* " + forms[form]);
      }
    }
    return map.add(
        """
        50-57 push Z6
        58-5f pop Z6
        63 movslq Gv,Ed
        68 push Iz6
        69 imul Gv,Ev,Iz
        6a push Is6
        6b imul Gv,Ev,Is
        6c insb Yb,DXm
        6d ins* Yv,DXm
        6e outsb DXm,Xb
        6f outs* DXm,Xv
        70-7f jcc Jb
        80 /1 Eb,Ib
        81 /1 Ev,Iz
        83 /1 Ev,Is
        84 test* Eb,Gb
        85 test* Ev,Gv
        86 xchg* Eb,Gb
        87 xchg* Ev,Gv
        88 mov* Eb,Gb
        89 mov* Ev,Gv
        8a mov* Gb,Eb
        8b mov* Gv,Ev
        8c mov Ewx,Sw
        8d lea Gv,Mx
        8e mov Sw,Edx
        8f pop E6
        91-97 xchg Zv,AX
        9b fwait
        9c pushf
        9d popf
        9e sahf
        9f lahf
        a0 movabs AL,Ob
        a1 movabs AX,Ov
        a2 movabs Ob,AL
        a3 movabs Ov,AX
        a4 movsb Yb,Xb
        a5 movs* Yv,Xv
        a6 cmpsb Xb,Yb
        a7 cmps* Xv,Yv
        a8 test AL,Ib
        a9 test AX,Iz
        aa stos Yb,AL
        ab stos Yv,AX
        ac lods AL,Xb
        ad lods AX,Xv
        ae scas AL,Yb
        af scas AX,Yv
        b0-b7 mov Zb,Ib
        b8-bf mov Zv,Iv
        c0 /2 Eb,Ib
        c1 /2 Ev,Ib
        c2 ret Iw
        c3 ret
        c6 /11 Eb,Ib
        c7 /11 Ev,Iz
        c8 enter Iw,Ib
        c9 leave
        ca lret Iw
        cb lret&
        cc int3
        cd int Ib
        cf iret
        d0 /2 Eb,1
        d1 /2 Ev,1
        d2 /2 Eb,CL
        d3 /2 Ev,CL
        d7 xlat BX
        e0 loopne Jb
        e1 loope Jb
        e2 loop Jb
        e3 jrcxz Jb
        e4 in AL,Ib
        e5 in AXd,Ib
        e6 out Ib,AL
        e7 out Ib,AXd
        e8 call Jz
        e9 jmp Jz
        eb jmp Jb
        ec in AL,DXm
        ed in AXd,DXm
        ee out DXm,AL
        ef out DXm,AXd
        f1 int1
        f4 hlt
        f5 cmc
        f6 /3b Eb
        f7 /3v Ev
        f8 clc
        f9 stc
        fa cli
        fb sti
        fc cld
        fd std
        fe /4 Eb
        ff /5
        """);
  }

  private static OpcodeMap two() {
    OpcodeMap map = new OpcodeMap();
    map.add(
        """
        00 /6 Ew
        01 /7
        02 lar Gv,Ev
        03 lsl Gv,Ev
        05 syscall
        06 clts
        07 sysret*
        08 invd
        09 wbinvd
        0b ud2
        0d /p Mx
        10 movups Vx,Wx
        66.10 movupd Vx,Wx
        f3.10 movss Vx,Wx
        f2.10 movsd Vx,Wx
        11 movups Wx,Vx
        66.11 movupd Wx,Vx
        f3.11 movss Wx,Vx
        f2.11 movsd Wx,Vx
        12 movlps Vx,Wx
        66.12 movlpd Vx,Wx
        13 movlps Wx,Vx
        66.13 movlpd Wx,Vx
        14 unpcklps Vx,Wx
        66.14 unpcklpd Vx,Wx
        15 unpckhps Vx,Wx
        66.15 unpckhpd Vx,Wx
        16 movhps Vx,Wx
        66.16 movhpd Vx,Wx
        17 movhps Wx,Vx
        66.17 movhpd Wx,Vx
        18 /16 Mx
        19-1f nop* Ev
        f3.1e /cet
        20 mov R6,C6
        21 mov R6,D6
        22 mov C6,R6
        23 mov D6,R6
        28 movaps Vx,Wx
        66.28 movapd Vx,Wx
        29 movaps Wx,Vx
        66.29 movapd Wx,Vx
        f3.2a cvtsi2ss* Vx,Ey
        f2.2a cvtsi2sd* Vx,Ey
        2b movntps Wx,Vx
        66.2b movntpd Wx,Vx
        f3.2c cvttss2si Gy,Wx
        f2.2c cvttsd2si Gy,Wx
        f3.2d cvtss2si Gy,Wx
        f2.2d cvtsd2si Gy,Wx
        2e ucomiss Vx,Wx
        66.2e ucomisd Vx,Wx
        2f comiss Vx,Wx
        66.2f comisd Vx,Wx
        30 wrmsr
        31 rdtsc
        32 rdmsr
        33 rdpmc
        34 sysenter
        35 sysexit*
        37 getsec
        40-4f cmovcc Gv,Ev
        50 movmskps Gdx,Wx
        66.50 movmskpd Gdx,Wx
        77 emms
        78 vmread E6,G6
        79 vmwrite G6,E6
        80-8f jcc Jz
        90-9f setcc Eb
        a0 push FS
        a1 pop FS
        a2 cpuid
        a3 bt* Ev,Gv
        a4 shld* Ev,Gv,Ib
        a5 shld* Ev,Gv,CL
        a8 push GS
        a9 pop GS
        aa rsm
        ab bts* Ev,Gv
        ac shrd* Ev,Gv,Ib
        ad shrd* Ev,Gv,CL
        ae /15
        af imul Gv,Ev
        b0 cmpxchg* Eb,Gb
        b1 cmpxchg* Ev,Gv
        b2 lss Gv,Mx
        b3 btr* Ev,Gv
        b4 lfs Gv,Mx
        b5 lgs Gv,Mx
        b6 movzb^ Gv,Eb
        b7 movzw^ Gv,Ew
        f3.b8 popcnt* Gv,Ev
        b9 ud1 Gv,Ev
        ba /8 Ev,Ib
        bb btc* Ev,Gv
        bc bsf Gv,Ev
        f3.bc tzcnt Gv,Ev
        bd bsr Gv,Ev
        f3.bd lzcnt Gv,Ev
        be movsb^ Gv,Eb
        bf movsw^ Gv,Ew
        c0 xadd* Eb,Gb
        c1 xadd* Ev,Gv
        c3 movnti* Ey,Gy
        c4 pinsrw Px,Edx,Ib
        66.c4 pinsrw Vx,Edx,Ib
        c5 pextrw Gdx,Qx,Ib
        66.c5 pextrw Gdx,Wx,Ib
        c6 shufps Vx,Wx,Ib
        66.c6 shufpd Vx,Wx,Ib
        c7 /9
        c8-cf bswap Zv
        66.5b cvtps2dq Vx,Wx
        5b cvtdq2ps Vx,Wx
        f3.5b cvttps2dq Vx,Wx
        5a cvtps2pd Vx,Wx
        66.5a cvtpd2ps Vx,Wx
        f3.5a cvtss2sd Vx,Wx
        f2.5a cvtsd2ss Vx,Wx
        66.6c punpcklqdq Vx,Wx
        66.6d punpckhqdq Vx,Wx
        6e mov~ Px,Ey
        66.6e mov~ Vx,Ey
        6f movq Px,Qx
        66.6f movdqa Vx,Wx
        f3.6f movdqu Vx,Wx
        70 pshufw Px,Qx,Ib
        66.70 pshufd Vx,Wx,Ib
        f3.70 pshufhw Vx,Wx,Ib
        f2.70 pshuflw Vx,Wx,Ib
        71,66.71 /12
        72,66.72 /13
        73,66.73 /14
        7e mov~ Ey,Px
        66.7e mov~ Ey,Vx
        f3.7e movq Vx,Wx
        7f movq Qx,Px
        66.7f movdqa Wx,Vx
        f3.7f movdqu Wx,Vx
        66.d6 movq Wx,Vx
        d7 pmovmskb Gdx,Qx
        66.d7 pmovmskb Gdx,Wx
        e7 movntq Mx,Px
        66.e7 movntdq Mx,Vx
        f2.f0 lddqu Vx,Mx
        ff ud0 Gv,Ev
        """);
    String[] floats = {
      "51 sqrt", "54 and", "55 andn", "56 or", "57 xor", "58 add", "59 mul", "5c sub", "5d min",
      "5e div", "5f max"
    };
    for (String one : floats) {
      String[] parts = one.split(" ", -1);
      boolean logic = parts[1].matches("x?or|andn?");
      map.add(parts[0] + " " + parts[1] + "ps Vx,Wx");
      map.add("66." + parts[0] + " " + parts[1] + "pd Vx,Wx");
      if (!logic) {
        map.add("f3." + parts[0] + " " + parts[1] + "ss Vx,Wx");
        map.add("f2." + parts[0] + " " + parts[1] + "sd Vx,Wx");
      }
    }
    String packed =
        "60 punpcklbw 61 punpcklwd 62 punpckldq 63 packsswb 64 pcmpgtb 65 pcmpgtw 66 pcmpgtd"
            + " 67 packuswb 68 punpckhbw 69 punpckhwd 6a punpckhdq 6b packssdw 74 pcmpeqb"
            + " 75 pcmpeqw 76 pcmpeqd d1 psrlw d2 psrld d3 psrlq d4 paddq d5 pmullw d8 psubusb"
            + " d9 psubusw da pminub db pand dc paddusb dd paddusw de pmaxub df pandn e0 pavgb"
            + " e1 psraw e2 psrad e3 pavgw e4 pmulhuw e5 pmulhw e8 psubsb e9 psubsw ea pminsw"
            + " eb por ec paddsb ed paddsw ee pmaxsw ef pxor f1 psllw f2 pslld f3 psllq"
            + " f4 pmuludq f5 pmaddwd f6 psadbw f8 psubb f9 psubw fa psubd fb psubq fc paddb"
            + " fd paddw fe paddd";
    String[] words = packed.split(" ", -1);
    for (int i = 0; i < words.length; i += 2) {
      map.add(words[i] + " " + words[i + 1] + " Px,Qx");
      map.add("66." + words[i] + " " + words[i + 1] + " Vx,Wx");
    }
    return map;
  }

  private static OpcodeMap three() {
    OpcodeMap map = new OpcodeMap();
    String packed =
        "00 pshufb 01 phaddw 02 phaddd 04 pmaddubsw 08 psignb 09 psignw 0a psignd 0b pmulhrsw"
            + " 10 pblendvb 17 ptest 1c pabsb 1d pabsw 1e pabsd 20 pmovsxbw 28 pmuldq 29 pcmpeqq"
            + " 2b packusdw 30 pmovzxbw 31 pmovzxbd 33 pmovzxwd 35 pmovzxdq 37 pcmpgtq 38 pminsb"
            + " 39 pminsd 3a pminuw 3b pminud 3c pmaxsb 3d pmaxsd 3e pmaxuw 3f pmaxud 40 pmulld"
            + " db aesimc dc aesenc dd aesenclast de aesdec df aesdeclast";
    String[] words = packed.split(" ", -1);
    for (int i = 0; i < words.length; i += 2) {
      map.add("66." + words[i] + " " + words[i + 1] + " Vx,Wx");
    }
    return map.add(
        """
        66.2a movntdqa Vx,Mx
        66.80 invept G6,Mx
        66.81 invvpid G6,Mx
        66.82 invpcid G6,Mx
        c8 sha1nexte Vx,Wx
        c9 sha1msg1 Vx,Wx
        ca sha1msg2 Vx,Wx
        cb sha256rnds2 Vx,Wx,X0
        cc sha256msg1 Vx,Wx
        cd sha256msg2 Vx,Wx
        f0 movbe* Gv,Ev
        f1 movbe* Ev,Gv
        f2.f0 crc32b Gy,Eb
        f2.f1 crc32^ Gy,Ev
        66.f5 wruss~ Ey,Gy
        f6 wrss~ Ey,Gy
        66.f6 adcx Gy,Ey
        f3.f6 adox Gy,Ey
        66.f8 movdir64b G6,Mx
        f2.f8 enqcmd G6,Mx
        f3.f8 enqcmds G6,Mx
        f9 movdiri Ey,Gy
        3a.66.0e pblendw Vx,Wx,Ib
        3a.66.0f palignr Vx,Wx,Ib
        3a.66.14 pextrb Edx,Vx,Ib
        3a.66.16 pextr~ Ey,Vx,Ib
        3a.66.20 pinsrb Vx,Edx,Ib
        3a.66.22 pinsr~ Vx,Ey,Ib
        3a.66.44 pclmulqdq Vx,Wx,Ib
        3a.66.df aeskeygenassist Vx,Wx,Ib
        3a.cc sha1rnds4 Vx,Wx,Ib
        """);
  }

  private static OpcodeMap groups() {
    OpcodeMap map = new OpcodeMap();
    for (int i = 0; i < ARITHMETIC.length; i++) {
      map.add("1." + i + " " + ARITHMETIC[i] + "*");
    }
    String[] shifts = {"rol", "ror", "rcl", "rcr", "shl", "shr", "shl", "sar"};
    for (int i = 0; i < shifts.length; i++) {
      map.add("2." + i + " " + shifts[i] + "*");
    }
    return map.add(
        """
        3b.0,3b.1 test* Eb,Ib
        3v.0,3v.1 test* Ev,Iz
        3b.2,3v.2 not*
        3b.3,3v.3 neg*
        3b.4,3v.4 mul*
        3b.5,3v.5 imul*
        3b.6,3v.6 div*
        3b.7,3v.7 idiv*
        4.0 inc*
        4.1 dec*
        5.0 inc* Ev
        5.1 dec* Ev
        5.2 call @E6
        5.3 lcall @Mx
        5.4 jmp @E6
        5.5 ljmp @Mx
        5.6 push E6
        6.0 sldt Evx
        6.1 str Evx
        6.2 lldt Ew
        6.3 ltr Ew
        6.4 verr Ew
        6.5 verw Ew
        7.0 sgdt Mx
        7.1 sidt Mx
        7.2 lgdt Mx
        7.3 lidt Mx
        7.4 smsw Evx
        7.6 lmsw Ew
        7.7 invlpg Mx
        f3.7.5 rstorssp Mx
        p.0,p.2,p.3,p.4,p.5,p.6,p.7 prefetch
        p.1 prefetchw
        16.0 prefetchnta
        16.1 prefetcht0
        16.2 prefetcht1
        16.3 prefetcht2
        16.4,16.5,16.6,16.7 nop* Ev
        cet.1 rdssp~ Ry
        cet.7 nop* Ev
        8.4 bt*
        8.5 bts*
        8.6 btr*
        8.7 btc*
        9.1 cmpxchg8b Mx
        9.3 xrstors& Mx
        9.4 xsavec& Mx
        9.5 xsaves& Mx
        9.6 vmptrld Mx
        66.9.6 vmclear Mx
        f3.9.6 vmxon Mx
        9.7 vmptrst Mx
        9.6.r rdrand Rv
        9.7.r rdseed Rv
        f3.9.7.r rdpid R6
        11.0 mov*
        12.2 psrlw
        12.4 psraw
        12.6 psllw
        13.2 psrld
        13.4 psrad
        13.6 pslld
        14.2 psrlq
        14.3 psrldq
        14.6 psllq
        14.7 pslldq
        15.0 fxsave& Mx
        15.1 fxrstor& Mx
        15.2 ldmxcsr Mx
        15.3 stmxcsr Mx
        15.4 xsave& Mx
        15.5 xrstor& Mx
        15.6 xsaveopt& Mx
        15.7 clflush Mx
        66.15.6 clwb Mx
        66.15.7 clflushopt Mx
        f3.15.6 clrssbsy Mx
        15.5.r lfence
        15.6.r mfence
        15.7.r sfence
        f3.15.0.r rdfsbase Ry
        f3.15.1.r rdgsbase Ry
        f3.15.2.r wrfsbase Ry
        f3.15.3.r wrgsbase Ry
        f3.15.5.r incssp~ Ry
        f3.15.6.r umonitor R6
        f2.15.6.r umwait Rdx
        66.15.6.r tpause Rdx
        7.c0 enclv
        7.c1 vmcall
        7.c2 vmlaunch
        7.c3 vmresume
        7.c4 vmxoff
        7.c5 pconfig
        7.c8 monitor DXd,CXd,AX6
        7.c9 mwait CXd,AXd
        7.ca clac
        7.cb stac
        7.cf encls
        66.7.cc tdcall
        66.7.cd seamret
        66.7.ce seamops
        66.7.cf seamcall
        7.d0 xgetbv
        7.d1 xsetbv
        7.d4 vmfunc
        7.d5 xend
        7.d6 xtest
        7.d7 enclu
        7.d8 vmrun
        7.d9 vmmcall
        7.da vmload
        7.db vmsave
        7.dc stgi
        7.dd clgi
        7.de skinit
        7.df invlpga CXd,AX6
        7.e8 serialize
        f3.7.e8 setssbsy
        f3.7.ea saveprevssp
        7.ee rdpkru
        7.ef wrpkru
        7.f8 swapgs
        7.f9 rdtscp
        7.fa monitorx DXd,CXd,AX6
        7.fb mwaitx BXd,CXd,AXd
        7.fc clzero
        7.fd rdpru
        f3.7.fe rmpadjust
        f3.7.ff psmash
        f2.7.ff pvalidate
        cet.fa endbr64
        cet.fb endbr32
        """);
  }
}
