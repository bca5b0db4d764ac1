<?php
echo "Halo " . htmlspecialchars($_GET['nama'], ENT_QUOTES, 'UTF-8');
echo esc($this->request->getGet('cari'));
echo (int) $_GET['halaman'];
$this->output->set_output('<p>' . html_escape($this->input->get('cari')) . '</p>');
echo date('Y', (int) $_GET['waktu']);
echo filter_var($_GET['id'], FILTER_VALIDATE_INT);
$bahasa = preg_replace('/[^a-z]/', '', $_GET['bahasa']);
echo '<html lang="' . $bahasa . '">';
echo $_SERVER['SERVER_NAME'];
