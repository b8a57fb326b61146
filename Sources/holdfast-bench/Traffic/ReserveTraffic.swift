import Glibc

/// Writes Reserve frames: each of a random buyer for a random sale and product, with a random request id.
/// One thread; writing a call allocates nothing.
struct ReserveTraffic: ~Copyable {
    /// The largest frame that `writeCall` writes.
    let frameByteCountMax: Int

    /// All templates, `stride` bytes apart.
    private let frames: UnsafeMutablePointer<UInt8>
    private let layouts: UnsafeMutablePointer<Layout>
    private let templateCount: UInt64
    private let stride: Int
    private let buyerCount: UInt64
    private let productCount: Int
    private var random: RandomSource
    private var lastTemplate = 0

    /// The number of the sale that the last call was for, from 0.
    var lastSale: Int { self.lastTemplate / self.productCount }

    private struct Layout {
        var byteCount: Int
        var offsets: RequestTemplate.Offsets
    }

    init(settings: TrafficSettings, timeoutMilliseconds: UInt32) throws(LoadError) {
        var templates: [RequestTemplate] = []
        for sale in 1...settings.saleCount {
            for product in 1...settings.productCount {
                templates.append(
                    try RequestTemplate(
                        saleID: settings.salePrefix + String(sale),
                        productID: settings.productPrefix + String(product),
                        quantity: settings.quantity,
                        holdMilliseconds: settings.holdMilliseconds,
                        timeoutMilliseconds: timeoutMilliseconds))
            }
        }
        let largest = templates.reduce(0) { max($0, $1.bytes.count) }
        self.frameByteCountMax = largest
        self.stride = (largest + 63) & ~63
        self.templateCount = UInt64(templates.count)
        self.frames = .allocate(capacity: self.stride * templates.count)
        self.layouts = .allocate(capacity: templates.count)
        for (index, template) in templates.enumerated() {
            (self.frames + index * self.stride).initialize(
                from: template.bytes, count: template.bytes.count)
            (self.layouts + index).initialize(
                to: Layout(byteCount: template.bytes.count, offsets: template.offsets))
        }
        self.buyerCount = settings.buyerCount
        self.productCount = settings.productCount
        self.random = RandomSource(seed: settings.seed)
    }

    deinit {
        self.frames.deallocate()
        self.layouts.deallocate()
    }

    /// Writes one whole frame of at most `frameByteCountMax` bytes and says how many it has.
    mutating func writeCall(id: UInt32, to frame: UnsafeMutablePointer<UInt8>) -> Int {
        let index =
            self.templateCount == 1 ? 0 : Int(self.random.next(below: self.templateCount))
        self.lastTemplate = index
        let layout = self.layouts[index]
        frame.update(from: self.frames + index &* self.stride, count: layout.byteCount)
        let raw = UnsafeMutableRawPointer(frame)
        raw.storeBytes(
            of: id.bigEndian, toByteOffset: RequestTemplate.callIDOffset, as: UInt32.self)
        // A request id must not be all zero: the low bit makes sure.
        raw.storeBytes(
            of: self.random.next() | 1, toByteOffset: layout.offsets.requestID, as: UInt64.self)
        raw.storeBytes(
            of: self.random.next(), toByteOffset: layout.offsets.requestID &+ 8, as: UInt64.self)
        Self.writeBuyer(
            self.random.next(below: self.buyerCount), to: frame, offsets: layout.offsets)
        return layout.byteCount
    }

    /// A buyer is a number; address and device follow from it.
    static func writeBuyer(
        _ buyer: UInt64, to frame: UnsafeMutablePointer<UInt8>, offsets: RequestTemplate.Offsets
    ) {
        let zero = UInt8(ascii: "0")
        var rest = buyer
        var position = offsets.userDigits &+ RequestTemplate.userDigitCount
        while position > offsets.userDigits {
            position &-= 1
            frame[position] = zero &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        var state = buyer
        let mixed = RandomSource.splitMix(&state)
        // "1dd.1dd.1dd.1dd": a fixed width, and 100 … 199 is valid in each place.
        var digits = mixed
        for place in 0..<4 {
            let base = offsets.address &+ place &* 4
            frame[base &+ 1] = zero &+ UInt8(truncatingIfNeeded: digits % 10)
            frame[base &+ 2] = zero &+ UInt8(truncatingIfNeeded: (digits / 10) % 10)
            digits /= 100
        }
        for place in 0..<RequestTemplate.deviceDigitCount {
            let nibble = UInt8(truncatingIfNeeded: (mixed >> UInt64(place &* 4)) & 15)
            frame[offsets.deviceDigits &+ place] =
                nibble < 10 ? zero &+ nibble : UInt8(ascii: "a") &+ nibble &- 10
        }
    }
}
