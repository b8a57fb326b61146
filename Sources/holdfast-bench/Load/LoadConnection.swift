import CLinux
import Glibc
import HoldfastTransport

/// One connection of the load: its TLS session, the calls in flight and the bytes in between. Lives at a fixed
/// address in the generator's table; one thread.
struct LoadConnection: ~Copyable {
    /// What one step on the socket came to.
    enum Step {
        case done
        case blocked
        case lost(String)
    }

    static let inputByteCountMax = 64 * 1024 + 4

    private(set) var session: TLSSession
    let descriptor: Int32
    /// Whether EPOLLOUT is armed.
    var awaitsOutput = false
    private(set) var inFlightCount = 0

    /// The calls in flight by the low bits of their ids.
    private let notes: UnsafeMutablePointer<CallNote>
    private let noteMask: Int
    private var nextCallID: UInt32 = 1

    private let input: UnsafeMutablePointer<UInt8>
    private var inputCount = 0
    private let output: UnsafeMutablePointer<UInt8>
    private let outputCapacity: Int
    private let frameByteCountMax: Int
    private var outputCount = 0
    private var outputSent = 0

    /// Takes over the descriptor of a session whose handshake is done.
    init(
        session: consuming TLSSession, descriptor: Int32, inFlightMax: Int, frameByteCountMax: Int
    ) {
        self.session = session
        self.descriptor = descriptor
        // Answers come in any order: room for ids that run ahead of the slowest one.
        var places = 4096
        while places < inFlightMax * 4 { places *= 2 }
        self.noteMask = places - 1
        self.notes = .allocate(capacity: places)
        self.notes.initialize(repeating: .free, count: places)
        self.frameByteCountMax = frameByteCountMax
        self.input = .allocate(capacity: Self.inputByteCountMax)
        // All calls in flight can be unsent at once, and as many again before the front is cut off.
        self.outputCapacity = inFlightMax * frameByteCountMax * 2
        self.output = .allocate(capacity: self.outputCapacity)
    }

    deinit {
        close(self.descriptor)
        self.notes.deallocate()
        self.input.deallocate()
        self.output.deallocate()
    }

    var hasUnsentOutput: Bool { self.outputSent < self.outputCount }

    /// Whether the place of the next call id is free: it is not while the call that has it is unanswered.
    var canStartCall: Bool {
        self.notes[Int(self.nextCallID) & self.noteMask].startNanoseconds == 0
            && self.nextCallID < UInt32.max
    }

    /// Appends one call, which counts from `startNanoseconds` on. `canStartCall` must hold.
    mutating func startCall(_ traffic: inout LoadTraffic, startNanoseconds: UInt64) {
        self.startCall { id, frame in
            let (byteCount, method, sale) = traffic.writeCall(id: id, to: frame)
            let note = CallNote(
                startNanoseconds: startNanoseconds, method: method, subject: UInt32(sale))
            return (byteCount, note)
        }
    }

    /// Appends one call. `write` is given its id and room for the largest frame, and says how many bytes it wrote and
    /// what to remember. `canStartCall` must hold.
    @inline(__always)
    mutating func startCall(
        _ write: (UInt32, UnsafeMutablePointer<UInt8>) -> (byteCount: Int, note: CallNote)
    ) {
        if self.outputCapacity - self.outputCount < self.frameByteCountMax {
            self.cutSentFront()
        }
        let id = self.nextCallID
        self.nextCallID += 1
        let (byteCount, note) = write(id, self.output + self.outputCount)
        precondition(note.startNanoseconds != 0, "0 marks a free place")
        self.notes[Int(id) & self.noteMask] = note
        self.outputCount += byteCount
        self.inFlightCount += 1
    }

    /// Takes the call out of flight; its note, or nil if no call of this id is in flight.
    mutating func endCall(id: UInt32) -> CallNote? {
        let place = Int(id) & self.noteMask
        let note = self.notes[place]
        guard note.startNanoseconds != 0 else { return nil }
        self.notes[place] = .free
        self.inFlightCount -= 1
        return note
    }

    /// Hands the start of each call in flight to `body`.
    func forEachCallInFlight(_ body: (UInt64) -> Void) {
        for place in 0...self.noteMask where self.notes[place].startNanoseconds != 0 {
            body(self.notes[place].startNanoseconds)
        }
    }

    /// Writes what is unsent, as far as the socket takes it.
    mutating func flush() -> Step {
        while self.outputSent < self.outputCount {
            let unsent = UnsafeRawBufferPointer(
                start: self.output + self.outputSent, count: self.outputCount - self.outputSent)
            switch self.session.write(unsent) {
            case .bytes(let count): self.outputSent += count
            case .wantRead, .wantWrite: return .blocked
            case .closed: return .lost("the server closed the connection")
            case .failed(let failure): return .lost(failure.message)
            }
        }
        self.outputSent = 0
        self.outputCount = 0
        return .done
    }

    /// Reads once; the bytes then stand in `received`.
    mutating func receive() -> Step {
        let room = UnsafeMutableRawBufferPointer(
            start: self.input + self.inputCount, count: Self.inputByteCountMax - self.inputCount)
        switch self.session.read(into: room) {
        case .bytes(let count):
            self.inputCount += count
            return .done
        case .wantRead, .wantWrite: return .blocked
        case .closed: return .lost("the server closed the connection")
        case .failed(let failure): return .lost(failure.message)
        }
    }

    /// Bytes that were received and not consumed.
    var received: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.input, count: self.inputCount)
    }

    mutating func consume(_ byteCount: Int) {
        self.inputCount -= byteCount
        if self.inputCount > 0 { memmove(self.input, self.input + byteCount, self.inputCount) }
    }

    private mutating func cutSentFront() {
        self.outputCount -= self.outputSent
        memmove(self.output, self.output + self.outputSent, self.outputCount)
        self.outputSent = 0
    }
}
