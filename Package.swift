// swift-tools-version: 6.2
import PackageDescription

// One list for every Swift target.
// ExistentialAny: SE-0335. InternalImportsByDefault: SE-0409. MemberImportVisibility: SE-0444.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "holdfast",
    products: [
        .library(name: "HoldfastClient", targets: ["HoldfastClient"]),
        .executable(name: "holdfast", targets: ["holdfast"]),
        .executable(name: "holdfastctl", targets: ["holdfastctl"]),
        .executable(name: "holdfast-bench", targets: ["holdfast-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: [.defaults, "YAML", "CommandLineArguments"]),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // C: system libraries and shims.
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CProtobufC", pkgConfig: "libprotobuf-c",
            providers: [.apt(["libprotobuf-c-dev"])]),
        .target(name: "CHoldfastProto", dependencies: ["CProtobufC"]),
        .target(name: "CLinux"),
        .target(name: "CIntrinsics"),

        // The path of a request, from the inside out.
        .target(name: "HoldfastHash", swiftSettings: settings),
        .target(
            name: "HoldfastEngine", dependencies: ["CIntrinsics", "HoldfastHash"],
            swiftSettings: settings),
        .target(
            name: "HoldfastJournal",
            dependencies: ["HoldfastEngine", "CIntrinsics", "CLinux"], swiftSettings: settings),
        .target(
            name: "HoldfastAdmission", dependencies: ["CIntrinsics", "HoldfastHash"],
            swiftSettings: settings),
        .target(
            name: "HoldfastRules",
            dependencies: ["HoldfastAdmission", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings),
        .target(
            name: "HoldfastWire",
            dependencies: ["HoldfastEngine", "CHoldfastProto", "CProtobufC"],
            swiftSettings: settings),
        .target(
            name: "HoldfastTransport", dependencies: ["CLinux", "COpenSSL"],
            swiftSettings: settings),
        .target(
            name: "HoldfastServer",
            dependencies: [
                "HoldfastAdmission", "HoldfastRules", "HoldfastEngine", "HoldfastJournal",
                "HoldfastWire", "HoldfastTransport", "CLinux", "COpenSSL",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .target(
            name: "HoldfastClient",
            dependencies: [
                "HoldfastWire", "HoldfastTransport", "CHoldfastProto", "CProtobufC", "CLinux",
                "COpenSSL",
            ],
            swiftSettings: settings),

        // Thin executables.
        .executableTarget(
            name: "holdfast",
            dependencies: [
                "HoldfastServer", "HoldfastJournal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "holdfastctl",
            dependencies: [
                "HoldfastClient", "HoldfastAdmission", "HoldfastRules",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "holdfast-bench",
            dependencies: [
                "HoldfastClient", "HoldfastTransport", "HoldfastWire", "CHoldfastProto",
                "CProtobufC", "CLinux", "COpenSSL",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // A file system whose k-th call fails, for the tests of whoever keeps data.
        .target(
            name: "FaultKit", dependencies: ["HoldfastJournal"], path: "Tests/FaultKit",
            swiftSettings: settings),

        // One test target a source target, and the whole.
        .testTarget(
            name: "HoldfastEngineTests", dependencies: ["HoldfastEngine"], swiftSettings: settings),
        .testTarget(
            name: "HoldfastJournalTests",
            dependencies: [
                "FaultKit", "HoldfastJournal", "HoldfastEngine", "CIntrinsics", "CLinux",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HoldfastAdmissionTests", dependencies: ["HoldfastAdmission"],
            swiftSettings: settings),
        .testTarget(
            name: "HoldfastWireTests",
            dependencies: ["HoldfastWire", "HoldfastEngine", "CHoldfastProto", "CProtobufC"],
            swiftSettings: settings),
        .testTarget(
            name: "HoldfastTransportTests",
            dependencies: ["HoldfastTransport", "CLinux", "COpenSSL"], swiftSettings: settings),
        .testTarget(
            name: "HoldfastServerTests",
            dependencies: [
                "FaultKit", "HoldfastServer", "HoldfastAdmission", "HoldfastRules",
                "HoldfastEngine",
                "HoldfastJournal", "HoldfastWire", "HoldfastTransport", "COpenSSL",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HoldfastClientTests",
            dependencies: [
                "HoldfastClient", "holdfastctl", "HoldfastAdmission", "HoldfastWire",
                "HoldfastTransport", "CHoldfastProto", "CProtobufC", "CLinux", "COpenSSL",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HoldfastBenchTests",
            dependencies: [
                "holdfast-bench", "HoldfastClient", "HoldfastTransport", "CHoldfastProto",
                "CProtobufC",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "HoldfastServer", "HoldfastAdmission", "HoldfastClient", "HoldfastWire",
                "HoldfastTransport", "HoldfastEngine", "HoldfastJournal", "CHoldfastProto",
                "CProtobufC", "CLinux", "COpenSSL",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        // Runs holdfast and holdfast-bench as processes, so it imports neither.
        .testTarget(name: "CrashTests", swiftSettings: settings),
    ]
)
