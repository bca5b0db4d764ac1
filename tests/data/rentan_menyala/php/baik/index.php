<?php
// Buku tamu pasar yang menyala, sudah diperbaiki.
header("Set-Cookie: sesi=" . bin2hex(random_bytes(8)) . "; HttpOnly; Secure; SameSite=Lax");
header("Content-Security-Policy: default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'");
header("X-Frame-Options: DENY");
header("X-Content-Type-Options: nosniff");
header("Strict-Transport-Security: max-age=31536000; includeSubDomains");
$aman = fn (string $teks): string => htmlspecialchars($teks, ENT_QUOTES, "UTF-8");
$jalur = parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH);
$nama = is_string($_REQUEST["nama"] ?? "") ? $_REQUEST["nama"] ?? "" : "";
if ($jalur === "/cari") {
    echo "<p>Hasil untuk " . $aman($nama) . "</p>";
} elseif ($jalur === "/berkas") {
    if ($nama === "aturan.txt") {
        readfile("berkas/aturan.txt");
    } else {
        http_response_code(404);
    }
} elseif ($jalur === "/cetak") {
    echo $aman($nama);
} elseif ($jalur === "/pindah") {
    header("Location: /tamu", true, 302);
} elseif ($jalur === "/tamu") {
    if ($_SERVER["REQUEST_METHOD"] === "POST") {
        file_put_contents("tamu.txt", "<p>" . $aman((string) ($_POST["pesan"] ?? "")) . "</p>", FILE_APPEND);
    }
    echo '<html><body><form method="post" action="/tamu"><input name="pesan"><input type="submit"></form>';
    echo is_file("tamu.txt") ? file_get_contents("tamu.txt") : "";
    echo "</body></html>";
} else {
    echo '<html><body><a href="/cari?nama=budi">cari</a> <a href="/berkas?nama=aturan.txt">aturan</a>';
    echo '<a href="/cetak?nama=budi">cetak</a> <a href="/pindah?ke=/tamu">pindah</a> <a href="/tamu">tamu</a></body></html>';
}
