<?php
echo '<form action="' . $_SERVER['PHP_SELF'] . '">'; // TEMUAN
echo "Halo " . $_GET['nama']; // TEMUAN
$cari = $_REQUEST['cari'];
print("<b>$cari</b>"); // TEMUAN
$this->output->set_output('<p>' . $this->input->get('cari') . '</p>'); // TEMUAN
var_dump($_GET); // TEMUAN
return $this->response->setBody('<b>' . $this->request->getGet('cari') . '</b>'); // TEMUAN
