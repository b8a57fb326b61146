/// The open manifest: its two pages are written in turn. The writer's thread only.
struct ManifestFile: ~Copyable {
    private let file: JournalFile
    private let page: AlignedBuffer
    private let instance: InstanceID
    private(set) var number: UInt64

    /// - Parameter number: Of the page written last.
    init(_ file: JournalFile, instance: InstanceID, number: UInt64) {
        self.file = file
        self.page = AlignedBuffer(capacity: JournalLayout.pageBytes)
        self.instance = instance
        self.number = number
    }

    /// Names the newest segment, whose header is on disk.
    mutating func write(
        generation: UInt32, preceding: LogEnd, _ files: any FileSystem
    ) throws(FileError) {
        self.number += 1
        let manifest = Manifest(
            instance: self.instance, generation: generation, number: self.number,
            preceding: preceding)
        manifest.encode(to: self.page.base)
        try self.file.writeDurably(
            self.page.bytes(JournalLayout.pageBytes), at: manifest.offset, files)
    }

    func close(_ files: any FileSystem) { self.file.close(files) }
}
