import GRDB
import PipelineStore

/// The numbered migrations, oldest first. A released one is never changed; a change is a further file.
enum Schema {
    private static let migrations: [(name: String, sql: [UInt8])] = [
        ("V0001_initial", PackageResources.V0001_initial_sql),
        ("V0002_objects", PackageResources.V0002_objects_sql),
        ("V0003_history", PackageResources.V0003_history_sql),
        ("V0004_redo", PackageResources.V0004_redo_sql),
        ("V0005_resting", PackageResources.V0005_resting_sql),
        ("V0006_states", PackageResources.V0006_states_sql),
    ]

    /// Brings the file up to this version.
    ///
    /// - Throws: ``StoreError/newerSchema(_:)`` where the file has a migration that this version does not know.
    static func migrate(_ pool: DatabasePool) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { database in
                try database.execute(sql: String(decoding: migration.sql, as: UTF8.self))
            }
        }
        if try pool.read(migrator.hasBeenSuperseded) {
            throw StoreError.newerSchema(
                "the database was written by a newer version of penstock; start that version, or restore a backup")
        }
        try migrator.migrate(pool)
    }
}
