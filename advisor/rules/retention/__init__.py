"""How long data lives, is backed up, archived, copied or rewound."""
