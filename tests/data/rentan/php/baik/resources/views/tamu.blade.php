<p>{{ $pesan }}</p>
