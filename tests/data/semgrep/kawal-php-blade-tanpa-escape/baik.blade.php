<p>{{ $komentar }}</p>
